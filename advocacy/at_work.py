"""Since when is each web process at work, and how many requests wait behind them?

All web processes of a machine write into one piece of memory, a number each: since when they have
been at something that could not be answered from memory. So some of them can be kept free while
the others are stuck, say with a database that does not answer. A killed process leaves its place
to its successor. Where there is no gunicorn, such as in tests, nothing is known and nobody waits.
"""

import math
import mmap
import random
import socket
import struct
import time
from contextlib import suppress

MOST_PROCESSES = 256
# Of fewer than this, none can be kept free.
FEWEST_PROCESSES = 3
# Nothing of ours takes so long while all is well, so whoever is at it may not come back soon.
STUCK_SECONDS = 1.0
_NUMBER = struct.Struct("d")
_NOBODY, _IDLE = -1.0, 0.0
# Of Linux's struct tcp_info: for a listening socket, how many connections wait to be taken.
_TCP_INFO_BYTES, _WAITING_AT = 104, 24


class Board:
    """The memory, as one process sees it. Made before the first process is forked off."""

    def __init__(self) -> None:
        # Behind the places stands how many of them anybody has ever had.
        self._shared = mmap.mmap(-1, (MOST_PROCESSES + 1) * _NUMBER.size)
        self._mine: int | None = None
        self._listeners: dict[str, socket.socket] = {}  # by port

    def reserve(self) -> int | None:
        """A place for a process that is about to begin; None where there is none left."""
        had = self._all()
        place = next((n for n, since in enumerate(had) if since == _NOBODY), len(had))
        if place == MOST_PROCESSES:
            return None
        self._write(place, _IDLE)
        self._write(MOST_PROCESSES, max(place + 1, len(had)))
        return place

    def release(self, place: int | None) -> None:
        """Take back the place of a process that has ended."""
        if place is not None:
            self._write(place, _NOBODY)

    def take(self, place: int | None, listeners: list[socket.socket]) -> None:
        """Be the process of this place, which takes requests from these."""
        self._mine = place
        inet = [one for one in listeners if one.family != socket.AF_UNIX]
        self._listeners = {str(one.getsockname()[1]): one for one in inet}

    def begin(self, spared_in: int) -> bool:
        """Be at work from now on, and leave one process of so many free, one in any case.

        Waits a moment for others that are about to be done; False where they are not.
        """
        if self._mine is None:
            return True
        until = time.monotonic() + STUCK_SECONDS
        while True:
            now = time.monotonic()
            # First said, then looked: of two who come at once, both go back rather than both on.
            self._write(self._mine, now)
            others = [n for place, n in enumerate(self._all()) if place != self._mine]
            others = [since for since in others if since != _NOBODY]
            free_count = others.count(_IDLE)
            stuck_count = sum(0 < since < now - STUCK_SECONDS for since in others)
            spared_count = math.ceil((len(others) + 1) / spared_in)
            if free_count >= spared_count or len(others) + 1 < FEWEST_PROCESSES:
                return True
            self._write(self._mine, _IDLE)
            if len(others) - stuck_count < spared_count or now > until:
                return False
            time.sleep(random.uniform(0.0005, 0.0015))  # noqa: S311 - no secret

    def end(self) -> None:
        """This process is free again."""
        if self._mine is not None:
            self._write(self._mine, _IDLE)

    def waiting_count(self, port: str) -> int:
        """How many requests nobody has taken yet at this port; 0 where the system does not tell."""
        return _waiting_at(self._listeners[port]) if port in self._listeners else 0

    def _all(self) -> tuple[float, ...]:
        (had_count,) = _NUMBER.unpack_from(self._shared, MOST_PROCESSES * _NUMBER.size)
        return struct.unpack_from(f"{int(had_count)}d", self._shared)

    def _write(self, place: int, since: float) -> None:
        _NUMBER.pack_into(self._shared, place * _NUMBER.size, since)


def _waiting_at(listener: socket.socket) -> int:
    with suppress(OSError, AttributeError, struct.error):
        told = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        return struct.unpack_from("I", told, _WAITING_AT)[0]
    return 0  # another system


board = Board()
