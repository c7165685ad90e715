"""gunicorn, from the environment. `gunicorn advocacy.wsgi` reads this file by itself."""

import os

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
# Processes that each do one thing at a time: the pages are work for the processor, and threads
# of one Python would only wait for each other. A proxy in front keeps slow phones away from them.
worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY", 2 * (os.cpu_count() or 1) + 1))
timeout = 30  # seconds
graceful_timeout = 20
backlog = 512  # requests that may wait; long before that, advocacy/shedding.py says “not now”
max_requests, max_requests_jitter = 20_000, 2_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
control_socket_disable = True
# Our own log has one line a request without the reader's address; gunicorn's would name it.
accesslog = None
errorlog = "-"
loglevel = "error"  # its warnings name the address of whoever sends rubbish
logger_class = "advocacy.logs.ServerLog"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


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
