"""A cache that all processes of one machine share, in memory and without another service.

What is in it is to be forgotten: the guard's counters and the salt of the day. So it is a file in
the machine's memory, which no backup takes along and no restart survives. Several machines need a
cache between them instead (`CACHE_URL`).
"""

import hashlib
import heapq
import os
import pickle
import struct
import time
from collections.abc import Iterable
from pathlib import Path

import lmdb
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from advocacy import shared_file

MEMORY = Path("/dev/shm")  # noqa: S108
SWEEP_EVERY_SECONDS = 60
_FOREVER = float("inf")
# An entry of the file: until when it lives, and a whole number or a pickle.
_MOMENT = struct.Struct("<d")
_NUMBER = struct.Struct("<dq")


def folder_for(data_dir: Path) -> Path:
    """Where the cache of this site and this user is: in memory if there is such a place."""
    if not os.access(MEMORY, os.W_OK):
        return data_dir / "cache"
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return MEMORY / f"advocacy-{os.getuid()}-{mark}"


class MemoryCache(BaseCache):
    """Django's cache in one file. `add`, `incr` and `add_up` are one transaction each, so none is
    lost.

    LOCATION is a folder. What would expire soonest goes first when it grows beyond MAX_ENTRIES.
    """

    def __init__(self, location: str | Path, params: dict[str, object]) -> None:
        super().__init__(params)
        self._file = shared_file.shared_file(Path(location) / "cache.lmdb")

    def get(self, key, default=None, version=None):
        """The value, or the default."""
        name = self._name(key, version)
        entry = self._file.read(lambda entries: entries.get(name))
        return _value(entry) if _is_alive(entry, time.time()) else default

    def get_many(self, keys, version=None):
        """The values of those that are there, by key, as they were at one moment."""
        names = {key: self._name(key, version) for key in keys}
        entries = self._file.read(
            lambda entries: {key: entries.get(name) for key, name in names.items()}
        )
        now = time.time()
        return {key: _value(entry) for key, entry in entries.items() if _is_alive(entry, now)}

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value, in the place of another one."""
        name, entry = self._name(key, version), _entry(value, self._expires_at(timeout))
        self._file.write(lambda entries: entries.put(name, entry))
        self._sweep_now_and_then()

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value where there is none. True for one caller, however many there are."""
        name, entry = self._name(key, version), _entry(value, self._expires_at(timeout))
        now = time.time()
        is_new = self._file.write(
            lambda entries: not _is_alive(entries.get(name), now) and entries.put(name, entry)
        )
        self._sweep_now_and_then()
        return is_new

    def incr(self, key, delta=1, version=None):
        """Add to a whole number and return the sum. Raises ValueError where there is none."""
        name, now = self._name(key, version), time.time()
        return self._file.write(lambda entries: _incr(entries, name, delta, now))

    def add_up(self, added: dict[str, tuple[int, float]]) -> dict[str, int]:
        """Add to several whole numbers at once and return the sums.

        By key: what to add, and how many seconds the number lives from when it began at 0. One
        transaction for all, since each one waits for its turn to write. To add 0 writes nothing.
        """
        sums = self._file.write(lambda entries: self._add_up(entries, added, time.time()))
        self._sweep_now_and_then()
        return sums

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None):
        """Give a value another time to live."""
        name, expires_at, now = self._name(key, version), self._expires_at(timeout), time.time()
        return self._file.write(lambda entries: _touch(entries, name, expires_at, now))

    def delete(self, key, version=None):
        """Forget a value."""
        name = self._name(key, version)
        return self._file.write(lambda entries: entries.delete(name))

    def clear(self):
        """Forget everything."""
        self._file.write_anew(lambda entries: [])

    def sweep(self) -> None:
        """Wipe out what has expired, what was overwritten and what is too much."""
        self._file.write_anew(self._kept_of)

    def _add_up(
        self, entries: lmdb.Transaction, added: dict[str, tuple[int, float]], now: float
    ) -> dict[str, int]:
        sums = {}
        for key, (delta, seconds) in added.items():
            name = self._name(key)
            entry = entries.get(name)
            expires_at, number = _NUMBER.unpack(entry) if entry else (0, 0)
            if expires_at <= now:  # as if it had never been, so that it begins anew
                expires_at, number = now + seconds, 0
            sums[key] = number + delta
            if delta:
                entries.put(name, _NUMBER.pack(expires_at, number + delta))
        return sums

    def _kept_of(self, entries: Iterable[shared_file.Entry]) -> list[shared_file.Entry]:
        now = time.time()
        alive = [(name, entry) for name, entry in entries if _is_alive(entry, now)]
        if len(alive) <= self._max_entries:
            return alive
        return sorted(heapq.nlargest(self._max_entries, alive, lambda one: _expires_at(one[1])))

    def _sweep_now_and_then(self) -> None:
        # To sweep is to write the file anew, after which all others open it again. So this counts
        # from the last sweep, whoever it was.
        if time.monotonic() > self._file.opened_at + SWEEP_EVERY_SECONDS:
            self.sweep()

    def _name(self, key: str, version: int | None = None) -> bytes:
        """Any key will do; memcached's limits, which Django looks for, are not ours."""
        name = f"{self.key_prefix}:{version or self.version}:{key}".encode()
        is_short = len(name) <= shared_file.LONGEST_NAME_BYTES
        return name if is_short else hashlib.blake2b(name).digest()

    def _expires_at(self, timeout: float | None) -> float:
        moment = self.get_backend_timeout(timeout)
        return _FOREVER if moment is None else moment


def _incr(entries: lmdb.Transaction, name: bytes, delta: int, now: float) -> int:
    entry = entries.get(name)
    number = _value(entry) if _is_alive(entry, now) else None
    if type(number) is not int:
        raise ValueError("There is no number to add to.")
    entries.put(name, _entry(number + delta, _expires_at(entry)))
    return number + delta


def _touch(entries: lmdb.Transaction, name: bytes, expires_at: float, now: float) -> bool:
    entry = entries.get(name)
    return _is_alive(entry, now) and entries.put(name, _entry(_value(entry), expires_at))


def _entry(value: object, expires_at: float) -> bytes:
    if type(value) is int and abs(value) < 2**62:
        return _NUMBER.pack(expires_at, value)
    pickled = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    # What follows the end of a pickle means nothing to it, and a number has no such length.
    return _MOMENT.pack(expires_at) + pickled.ljust(_NUMBER.size)


def _expires_at(entry: bytes) -> float:
    return _MOMENT.unpack_from(entry)[0]


def _is_alive(entry: bytes | None, now: float) -> bool:
    return entry is not None and _expires_at(entry) > now


def _value(entry: bytes) -> object:
    if len(entry) == _NUMBER.size:
        return _NUMBER.unpack(entry)[1]
    # As Django's cache in files does: who can write to that folder is us already.
    return pickle.loads(entry[_MOMENT.size :])  # noqa: S301
