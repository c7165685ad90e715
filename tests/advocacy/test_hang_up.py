"""gunicorn hangs up on who was answered, loses nothing of the answer, and waits for nobody."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.advocacy.programs import free_port
from tests.conftest import wait_for

BIG_BYTES = 8 * 1024 * 1024
APPLICATION = f"""
def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/read/":
        environ["wsgi.input"].read()
    if path == "/fault/":
        raise ValueError
    page = b"x" * ({BIG_BYTES} if path == "/big/" else 5)
    start_response("200 OK", [("Content-Length", str(len(page)))])
    return [page]
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """One process of gunicorn, set up as ours, in front of a program that says what it is told."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "said.py").write_text(APPLICATION)
    root = Path(__file__).resolve().parent.parent.parent
    port = free_port()
    server = subprocess.Popen(
        [Path(sys.executable).with_name("gunicorn"), "--pythonpath", folder, "said:application"],
        cwd=root,
        env=os.environ | {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1"},
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: is_up(port))
    yield port
    server.terminate()
    server.wait(15)


def is_up(port: int) -> bool:
    """Whether anybody answers there."""
    try:
        return answer(port, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def answer(port: int, request: bytes) -> bytes:
    """All that is said to a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as visitor:
        visitor.sendall(request)
        return rest(visitor)


def rest(visitor: socket.socket) -> bytes:
    """All that is still said."""
    pieces = []
    while piece := visitor.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


@contextmanager
def lingering(port: int, request: bytes):
    """One who has their answer and does not hang up."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as visitor:
        visitor.sendall(request)
        assert rest(visitor).startswith(b"HTTP/1.1 200")
        yield


@pytest.mark.parametrize(
    "request_",
    [b"GET / HTTP/1.1\r\n\r\n",
     b"POST /read/ HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b"],
)  # fmt: skip
def test_who_does_not_hang_up_keeps_nobody_waiting(port, request_):
    """gunicorn by itself waits two seconds for each."""
    started = time.monotonic()
    for _ in range(5):
        with lingering(port, request_):
            assert answer(port, request_).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - started < 5


def test_who_reads_slowly_gets_it_all(port):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as visitor:
        visitor.sendall(b"GET /big/ HTTP/1.1\r\n\r\n")
        time.sleep(0.5)
        assert len(rest(visitor).partition(b"\r\n\r\n")[2]) == BIG_BYTES


def test_who_sends_what_nobody_reads_gets_the_answer(port):
    """The kernel would drop it, were it hung up on at once."""
    head = b"POST / HTTP/1.1\r\nContent-Length: 40000\r\n\r\n"
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as visitor:
            visitor.sendall(head + b"x" * 40_000)
            assert rest(visitor).startswith(b"HTTP/1.1 200")


def test_a_fault_is_still_told(port):
    assert answer(port, b"GET /fault/ HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 500")
