"""A mail server that takes everything and keeps nothing: as little work as the protocol allows.

A program of its own, so that its work is not the worker's: `python -m tests.load.sink PORT`. What
it has taken it says to NOOP: how many letters, and when the first and the last came.
"""

import asyncio
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_END = b"\r\n.\r\n"


class Taken(NamedTuple):
    """How many letters, and when the first and the last came, in seconds."""

    count: int
    first_at: float
    last_at: float


@contextmanager
def running(port: int) -> Iterator[None]:
    """The sink, until the end."""
    process = subprocess.Popen([sys.executable, "-m", "tests.load.sink", str(port)])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def taken(port: int) -> Taken:
    """What it has taken so far."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        count, first_at, last_at = server.noop()[1].split()
    return Taken(int(count), float(first_at), float(last_at))


class Connection(asyncio.Protocol):
    """One that mail comes in by. All that came is answered at once, as RFC 2920 has it."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Greet."""
        self.transport, self.waiting, self.is_in_words = transport, bytearray(), False
        self.recipient = ""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer each whole line, and each letter."""
        # What came before may hold the beginning of an end.
        looked_at = max(0, len(self.waiting) - len(_END))
        self.waiting += data
        answers = []
        while True:
            end = _END if self.is_in_words else b"\r\n"
            if (found := self.waiting.find(end, looked_at)) < 0:
                break
            said = bytes(self.waiting[:found])
            del self.waiting[: found + len(end)]
            looked_at = 0
            if self.is_in_words:
                self.is_in_words = False
                answers.append(self.take(said))
            else:
                answers.append(self.answer(said))
        self.transport.write(b"".join(answers))
        if b"221 Bye\r\n" in answers:
            self.transport.close()

    def answer(self, said: bytes) -> bytes:
        """What is said to a command, by its first four letters."""
        word = said[:4].upper()
        if word == b"RCPT":
            self.recipient = said[said.find(b"<") + 1 : said.rfind(b">")].decode()
        if word == b"DATA":
            self.is_in_words = True
            return b"354 Go on\r\n"
        return {b"EHLO": _HELLO, b"QUIT": b"221 Bye\r\n"}.get(word, b"250 OK\r\n")

    def take(self, words: bytes) -> bytes:
        """Take a letter, as it came; returns what is said to that."""
        raise NotImplementedError


class Sink(Connection):
    """Counts, and keeps nothing."""

    taken = Taken(0, 0, 0)  # over all connections

    def answer(self, said: bytes) -> bytes:
        """To NOOP, what was taken so far."""
        if said[:4].upper() == b"NOOP":
            return b"250 %d %f %f\r\n" % self.taken
        return super().answer(said)

    def take(self, words: bytes) -> bytes:
        """Count a letter."""
        now = time.time()
        Sink.taken = Taken(self.taken.count + 1, self.taken.first_at or now, now)
        return b"250 OK\r\n"


async def main(port: int) -> None:
    """Listen until stopped."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
