"""gunicorn, from the environment. `gunicorn advocacy.wsgi` reads this file by itself."""

import os
import socket

# Two doors where nothing else is said: a process takes from both in turn, so that nobody who reads
# waits behind hundreds who sign. Which of them is for what, the proxy in front decides.
PORT = os.environ.get("PORT")
BIND = os.environ.get("BIND") or (f"127.0.0.1:{PORT}" if PORT else "127.0.0.1:8000,127.0.0.1:8001")
bind = BIND.split(",")
# Processes that each do one thing at a time: the pages are work for the processor, and threads
# of one Python would only wait for each other. A proxy in front keeps slow phones away from them.
worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY", 2 * (os.cpu_count() or 1) + 1))
timeout = 30  # seconds
graceful_timeout = 20
# Requests that may wait at each door. They are not to be thrown away by the kernel, but told “not
# now” by advocacy/shedding.py, and that is long before so many wait.
backlog = 4096
# A process is exchanged now and then, should a library ever keep memory. Each at its own time: all
# have answered about as many, and to load the site takes a core for a second or more.
max_requests = max_requests_jitter = 100_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
control_socket_disable = True
# Our own log has one line a request without the reader's address; gunicorn's would name it.
accesslog = None
errorlog = "-"
loglevel = "error"  # its warnings name the address of whoever sends rubbish
logger_class = "advocacy.logs.ServerLog"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


def when_ready(server):
    """Take a connection once a request has come by it, so that nobody waits for one who is silent.

    A process does one thing at a time. And where the queue was full, the kernel hands on
    connections whose request it threw away: all processes then wait until it is sent again.
    """
    for listener in server.LISTENERS:
        if listener.sock.family != socket.AF_UNIX and hasattr(socket, "TCP_DEFER_ACCEPT"):
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, timeout)


def pre_fork(server, worker):
    """Give a new process its place on the board; see advocacy/at_work.py."""
    from advocacy.at_work import board  # one piece of memory, made here for all who come after

    worker.place = board.reserve()


def post_worker_init(worker):
    """Take that place, once the site is loaded."""
    from advocacy.at_work import board

    board.take(worker.place, [listener.sock for listener in worker.sockets])


def child_exit(server, worker):
    """Take back the place of a process that has ended, however it did."""
    from advocacy.at_work import board

    board.release(worker.place)


def post_request(server, request, environ, response):
    """Hang up at once on who was answered and has said all; what is on its way still arrives.

    gunicorn waits up to two seconds for the other side to hang up, lest what it has not read make
    the kernel drop the answer: where the machine is busy that is a quarter of each process' time.
    """
    has_answered = response is not None and response.headers_sent
    unread_bytes = getattr(getattr(request.body, "reader", None), "length", None)
    if has_answered and unread_bytes == 0:
        environ["gunicorn.socket"].close()
