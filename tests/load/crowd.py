"""Many people who sign, open their letter, press the button, and remember what they were told."""

import json
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.load.journey import SHOWN_AT
from tests.load.mailserver import MailServer

AGAIN_AFTER_SECONDS = 1
PATIENCE_SECONDS = 45  # longer than gunicorn lets a request last
EXPECTED = {200, 303, 503}
REPLACED = 409  # whoever had to sign again has a newer letter, which this one names


@dataclass
class Told:
    """What the site has said, and how often it was asked."""

    asked: Counter[str] = field(default_factory=Counter)  # by person: forms that may have arrived
    signed: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    highest_count: int = 0
    unexpected: list[str] = field(default_factory=list)


class Crowd:
    """Signs at a rate until told to stop; whoever got no answer comes back, as people do."""

    def __init__(self, port: int, slug: str, mails: MailServer, per_second: float) -> None:
        self.port, self.slug, self.mails = port, slug, mails
        self.per_second, self.signers_count = per_second, max(6, int(per_second / 8))
        self._address = ("127.0.0.1", port)
        self.told, self.is_signing, self.is_over = Told(), False, False
        self._lock, self._number = threading.Lock(), 0
        self._again: queue.Queue[str] = queue.Queue()
        self.working_count = 0
        self.shown_at = SHOWN_AT.search(self._ask("GET", f"/petitions/{slug}/")[1])[1].decode()
        time.sleep(2)  # nobody types in less

    def start(self) -> None:
        """Let them come."""
        confirmers_count = self.signers_count * 2 // 3
        acts = [self._sign_for_ever] * self.signers_count
        acts += [self._confirm_for_ever] * confirmers_count
        for act in [*acts, self._read_for_ever]:
            threading.Thread(target=act, daemon=True).start()

    def is_idle(self) -> bool:
        """Whether nobody has anything left to do."""
        nothing = self.mails.links.empty() and self._again.empty()
        return nothing and not self.working_count and self.told.pressed == self.told.counted

    def _sign_for_ever(self) -> None:
        while not self.is_over:
            person = self._next_person()
            if person is None:
                time.sleep(0.05)
                continue
            started = time.monotonic()
            with self._lock:
                self.working_count += 1
            self._sign(person)
            with self._lock:
                self.working_count -= 1
            time.sleep(max(0, self.signers_count / self.per_second - (time.monotonic() - started)))

    def _next_person(self) -> str | None:
        try:
            return self._again.get_nowait()
        except queue.Empty:
            pass
        if not self.is_signing:
            return None
        with self._lock:
            self._number += 1
            return f"signer{self._number}@night.example.org"

    def _sign(self, person: str) -> None:
        form = {"name": "Mira Novak", "email": person, "level": "hand_in", "country": "DE",
                "shown_at": self.shown_at}  # fmt: skip
        with self._lock:
            self.told.asked[person] += 1
        status, body = self._ask("POST", f"/petitions/{self.slug}/sign/", form)
        if status == 303:
            self.told.signed.add(person)
            return
        if status == 503 and b"<form" in body and person.encode() not in body:
            self.told.unexpected.append("a form that lost what was typed")
        time.sleep(AGAIN_AFTER_SECONDS)
        self._again.put(person)

    def _confirm_for_ever(self) -> None:
        while not self.is_over:
            try:
                person, link = self.mails.links.get(timeout=0.2)
            except queue.Empty:
                continue
            with self._lock:
                self.told.pressed.add(person)
            while not self.is_over:
                status, _ = self._ask("POST", f"{link}confirm/", {})
                if status == 303:
                    self.told.counted.add(person)
                if status == 303 or (status == REPLACED and self.told.asked[person] > 1):
                    break
                time.sleep(AGAIN_AFTER_SECONDS)

    def _read_for_ever(self) -> None:
        while not self.is_over:
            self._ask("GET", f"/petitions/{self.slug}/")
            status, body = self._ask("GET", f"/petitions/{self.slug}/count.json")
            if status == 200:
                count = json.loads(body)["count"]
                self.told.highest_count = max(self.told.highest_count, count)
                if count > len(self.told.pressed):
                    self.told.unexpected.append(f"a count of {count}")
            time.sleep(0.25)

    def _ask(self, method: str, path: str, form: dict | None = None) -> tuple[int, bytes]:
        content = urlencode(form or {})
        # In words of our own: a library takes longer to ask than the site to answer.
        request = (
            f"{method} {path} HTTP/1.0\r\nHost: localhost:{self.port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(content)}\r\n\r\n{content}"
        )
        status, body = 0, b""
        with suppress(OSError), socket.create_connection(self._address, PATIENCE_SECONDS) as door:
            door.sendall(request.encode())
            pieces = []
            while piece := door.recv(65536):
                pieces.append(piece)
            head, _end, body = b"".join(pieces).partition(b"\r\n\r\n")
            status = int(head[9:12]) if _end else 0
        with self._lock:
            self.told.statuses[str(status) if status else "no answer"] += 1
            if status and status not in EXPECTED | {REPLACED}:
                self.told.unexpected.append(f"{status} to {method} {path[:20]}")
        return status, body


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
