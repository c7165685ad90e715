"""Many people who sign, open their letter, press the button, and remember what they were told.

They come at a rate, whatever is answered and however many still wait: a site that gets slower does
not get fewer forms by it, as it would not in the world. As many a second come with their letter.
Whoever is told "not just now", or nothing, comes back later as one of those who come then.
"""

import asyncio
import heapq
import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.load.journey import SHOWN_AT
from tests.load.mailserver import MailServer

TICK_SECONDS = 0.02
# As a page that says "not just now" asks for, and not all at once.
AGAIN_AFTER_SECONDS = (20, 40)
PATIENCE_SECONDS = 45  # longer than gunicorn lets a request last
MOST_WAITING = 8000  # connections at once; nginx has room for four times as many
MOST_AT_ONCE_SECONDS = 0.25  # who could not be sent in time is not sent all at once later
READER_PAUSE_SECONDS = 0.25
EXPECTED = {200, 303, 503}
LENGTH = re.compile(rb"(?i)^content-length: (\d+)", re.MULTILINE)
REPLACED = 409  # whoever had to sign again has a newer letter, which this one names


@dataclass
class Told:
    """What the site has said, and how often it was asked."""

    asked: Counter[str] = field(default_factory=Counter)  # by person: forms that may have arrived
    signed: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    # What was said to those who sign and confirm, and how long the former waited to be told so.
    statuses: Counter[str] = field(default_factory=Counter)
    waited_seconds: list[float] = field(default_factory=list)
    highest_count: int = 0
    unexpected: list[str] = field(default_factory=list)


class Crowd:
    """Signs at a rate until told to stop; whoever got no answer comes back, as people do."""

    def __init__(
        self, port: int, slug: str, mails: MailServer, per_second: float, *, looks: bool = True
    ) -> None:
        self.port, self.slug, self.mails, self.per_second = port, slug, mails, per_second
        self.looks = looks  # at the pages between the forms, as people do
        self.told, self.is_signing, self.is_over = Told(), False, False
        self._number = 0
        # Heaps of moments, and who comes again then: to sign, and with their link.
        self._sign_again: list[tuple[float, str]] = []
        self._confirm_again: list[tuple[float, str, str]] = []
        self._at_it: set[asyncio.Task] = set()
        page = asyncio.run(self._ask("GET", f"/petitions/{slug}/"))[1]
        self.shown_at = SHOWN_AT.search(page)[1].decode()
        time.sleep(2)  # nobody types in less

    def start(self) -> None:
        """Let them come."""
        threading.Thread(target=lambda: asyncio.run(self._come()), daemon=True).start()

    def is_idle(self) -> bool:
        """Whether nobody has anything left to do."""
        comes_again = self._sign_again or self._confirm_again or not self.mails.links.empty()
        return not comes_again and not self._at_it and self.told.pressed == self.told.counted

    async def _come(self) -> None:
        reading = asyncio.create_task(self._read_for_ever())
        signers, confirmers = Turnstile(self.per_second), Turnstile(self.per_second)
        while not self.is_over:
            await asyncio.sleep(TICK_SECONDS)
            for _ in range(signers.let_in()):
                if self._is_full() or not (person := self._next_person()):
                    break
                self._begin(self._sign(person))
            for _ in range(confirmers.let_in()):
                if self._is_full() or not (letter := self._next_letter()):
                    break
                self._begin(self._confirm(*letter))
        reading.cancel()

    def _is_full(self) -> bool:
        return len(self._at_it) >= MOST_WAITING

    def _begin(self, act: Coroutine) -> None:
        task = asyncio.create_task(act)
        self._at_it.add(task)
        task.add_done_callback(self._at_it.discard)

    def _next_person(self) -> str | None:
        if self._sign_again and self._sign_again[0][0] <= time.monotonic():
            return heapq.heappop(self._sign_again)[1]
        if not self.is_signing:
            return None
        self._number += 1
        return f"signer{self._number}@night.example.org"

    def _next_letter(self) -> tuple[str, str] | None:
        if self._confirm_again and self._confirm_again[0][0] <= time.monotonic():
            return heapq.heappop(self._confirm_again)[1:]
        return None if self.mails.links.empty() else self.mails.links.get()

    async def _sign(self, person: str) -> None:
        form = {"name": "Mira Novak", "email": person, "level": "hand_in", "country": "DE",
                "shown_at": self.shown_at}  # fmt: skip
        self.told.asked[person] += 1
        started = time.monotonic()
        status, body = await self._ask_and_note("POST", f"/petitions/{self.slug}/sign/", form)
        if status == 303:
            self.told.signed.add(person)
            self.told.waited_seconds.append(time.monotonic() - started)
            if self.looks:
                await self._ask_and_note("GET", f"/petitions/{self.slug}/signed/")
            return
        if status == 503 and b"<form" in body and person.encode() not in body:
            self.told.unexpected.append("a form that lost what was typed")
        heapq.heappush(self._sign_again, (_later(), person))

    async def _confirm(self, person: str, link: str) -> None:
        self.told.pressed.add(person)
        status = (await self._ask_and_note("GET", link))[0] if self.looks else 200
        if status == 200:
            status, _ = await self._ask_and_note("POST", f"{link}confirm/")
        if status == 303:
            self.told.counted.add(person)
            if self.looks:
                await self._look_again(link)
        elif status != REPLACED or self.told.asked[person] == 1:
            heapq.heappush(self._confirm_again, (_later(), person, link))

    async def _look_again(self, link: str) -> None:
        status, page = await self._ask_and_note("GET", link)
        if status == 200 and b"Your signature counts" not in page:
            self.told.unexpected.append("a page that does not say that it counts")

    async def _read_for_ever(self) -> None:
        while True:
            await self._ask("GET", f"/petitions/{self.slug}/")
            status, body = await self._ask("GET", f"/petitions/{self.slug}/count.json")
            if status == 200:
                count = json.loads(body)["count"]
                self.told.highest_count = max(self.told.highest_count, count)
                if count > len(self.told.pressed):
                    self.told.unexpected.append(f"a count of {count}")
            await asyncio.sleep(READER_PAUSE_SECONDS)

    async def _ask_and_note(self, *request: object) -> tuple[int, bytes]:
        status, body = await self._ask(*request)
        self.told.statuses[str(status) if status else "no answer"] += 1
        return status, body

    async def _ask(self, method: str, path: str, form: dict | None = None) -> tuple[int, bytes]:
        content = urlencode(form or {})
        # In words of our own: a library takes longer to ask than the site to answer.
        request = (
            f"{method} {path} HTTP/1.0\r\nHost: localhost:{self.port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(content)}\r\n\r\n{content}"
        )
        status, body, pieces, loop = 0, b"", [], asyncio.get_running_loop()
        with suppress(OSError), closing(socket.socket()) as door:
            door.setblocking(False)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await loop.sock_connect(door, ("127.0.0.1", self.port))
                await loop.sock_sendall(door, request.encode())
                while piece := await loop.sock_recv(door, 65536):
                    pieces.append(piece)
            head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            # Whoever is killed between head and page has not answered.
            status = int(head[9:12]) if length and len(body) == int(length[1]) else 0
        if status and status not in EXPECTED | {REPLACED}:
            self.told.unexpected.append(f"{status} to {method} {path[:20]}")
        return status, body


class Turnstile:
    """Lets in so many a second, and no more at once because there were fewer before."""

    def __init__(self, per_second: float) -> None:
        self.per_second, self.most = per_second, per_second * MOST_AT_ONCE_SECONDS + 1
        self.credit, self.looked_at = 0.0, time.monotonic()

    def let_in(self) -> int:
        """How many since it was asked last."""
        now = time.monotonic()
        self.credit += (now - self.looked_at) * self.per_second
        self.credit, self.looked_at = min(self.credit, self.most), now
        number = int(self.credit)
        self.credit -= number
        return number


def _later() -> float:
    return time.monotonic() + random.uniform(*AGAIN_AFTER_SECONDS)


@contextmanager
def slow_clients(port: int, path: str, count: int) -> Iterator[None]:
    """So many who send their form a byte at a time, for as long as it lasts."""
    is_over = threading.Event()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 400\r\n\r\n"

    def drip() -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(head.encode())
            while not is_over.wait(1):
                client.sendall(b"n")

    threads = [threading.Thread(target=drip, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
