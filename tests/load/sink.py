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

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250 8BITMIME\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}


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


class Sink:
    """Counts."""

    def __init__(self) -> None:
        self.taken = Taken(0, 0, 0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"NOOP":
                writer.write(b"250 %d %f %f\r\n" % self.taken)
                continue
            writer.write(_ANSWERS.get(word, b"250 OK\r\n"))
            if word == b"QUIT":
                break
            if word == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                now = time.time()
                self.taken = Taken(self.taken.count + 1, self.taken.first_at or now, now)
                writer.write(b"250 OK\r\n")
        writer.close()


async def main(port: int) -> None:
    """Listen until stopped."""
    server = await asyncio.start_server(Sink().serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
