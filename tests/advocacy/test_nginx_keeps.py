"""What nginx keeps for a moment, and that a thousand who want the same are one question."""

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.advocacy import behind_nginx

pytestmark = [pytest.mark.nginx, pytest.mark.once]

# Ten seconds in place of half a minute, for which a test would wait too long.
SHORTER = (
    (r'"~.+\[0-2\]"  .+$', '"~^(?<tens>.{18})"  $tens;'),
    (r'"~.+\[3-6\]"  .+$', ""),
)
KEPT = "X-Accel-Expires: 1\r\n"


@dataclass
class Site:
    """Something behind nginx that counts what it is asked, and may be slow or say nothing."""

    port: int
    takes_seconds: float = 0.0
    is_silent: bool = False
    headers: str = KEPT
    asked: Counter = field(default_factory=Counter)

    def answer(self, end: socket.socket) -> None:
        """One request: as many as were asked so far."""
        with end:
            path = end.recv(65536).decode("latin-1").split(" ")[1]
            self.asked[path] += 1
            body = str(self.asked[path])
            while self.is_silent:
                time.sleep(0.05)
            time.sleep(self.takes_seconds)
            end.sendall(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
                f"{self.headers}\r\n{body}".encode()
            )


@contextmanager
def running(listener: socket.socket) -> Iterator[Site]:
    """The site, until the end."""
    site = Site(listener.getsockname()[1])

    def take() -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=site.answer, args=[end], daemon=True).start()

    threading.Thread(target=take, daemon=True).start()
    try:
        yield site
    finally:
        site.is_silent = False
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def front(tmp_path):
    """nginx before such a site."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=128) as listener,
        running(listener) as site,
        behind_nginx.nginx(tmp_path, site.port, SHORTER) as front,
    ):
        front.site = site
        yield front


def read(front, path: str = "/", patience: float = 20) -> str:
    """What somebody reads; nothing after so many seconds without an answer."""
    answer = front.get(path, patience=patience)
    return answer.decode("latin-1").partition("\r\n\r\n")[2]


def begin_ten_seconds() -> None:
    """What is kept here is kept for the ten seconds of the clock: wait for their beginning."""
    time.sleep((10 - time.time() % 10) % 10 + 0.05)


def test_many_who_want_what_has_grown_old_are_one_question(front):
    begin_ten_seconds()
    assert read(front) == "1"
    time.sleep(2.1)  # nginx counts in whole seconds
    front.site.takes_seconds = 1.5
    with ThreadPoolExecutor(40) as people:
        pages = Counter(people.map(lambda _: read(front), range(40)))
    assert front.site.asked["/"] == 2
    assert pages == {"2": 1, "1": 39}  # one has asked anew, and nobody has waited for them


def test_what_is_kept_is_kept_for_half_a_minute_of_the_clock():
    patterns = re.findall(r'"~(\^.+)"  "\$\{minute\}', behind_nginx.configuration())
    assert len(patterns) == 2
    for second in range(61):  # with a leap second
        matching = [
            number
            for number, pattern in enumerate(patterns)
            if re.match(pattern.replace("(?<", "(?P<"), f"2026-11-30T23:59:{second:02}+00:00")
        ]
        assert matching == [int(second >= 30)]


def test_while_the_site_is_silent_nothing_is_shown_that_was_kept_before_this_time(front):
    begin_ten_seconds()
    assert read(front) == "1"
    time.sleep(2.1)  # nginx counts in whole seconds
    front.site.is_silent = True
    with ThreadPoolExecutor(8) as people:
        asking = people.submit(read, front)
        time.sleep(0.5)
        assert read(front, patience=2) == "1"  # while it is asked for anew
        begin_ten_seconds()
        assert [read(front, patience=0.5) for _ in range(3)] == ["", "", ""]
        front.site.is_silent = False
        asking.result()


def test_many_who_want_what_is_new_are_one_question(front):
    front.site.takes_seconds = 0.3
    begin_ten_seconds()
    with ThreadPoolExecutor(40) as people:
        assert set(people.map(lambda _: read(front), range(40))) == {"1"}


@pytest.mark.parametrize(
    "path", ["/search/?q=ana", "/fr/petitions/free-ana/link/", "/lite/ar/petitions/a/code/"]
)
def test_what_is_made_for_each_is_not_made_one_after_the_other(front, path):
    front.site.headers, front.site.takes_seconds = "", 0.3
    began = time.monotonic()
    with ThreadPoolExecutor(20) as people:
        list(people.map(lambda _: read(front, path), range(20)))
    assert time.monotonic() - began < 2  # one after the other: ten seconds
    assert front.site.asked.total() == 20
