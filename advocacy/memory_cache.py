"""A cache that all processes of one machine share, in memory and without another service.

What is in it is to be forgotten: the guard's counters and the salt of the day. So it is a file in
the machine's memory, which no backup takes along and no restart survives. Several machines need a
cache between them instead (`CACHE_URL`).
"""

import fcntl
import hashlib
import os
import pickle
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

MEMORY = Path("/dev/shm")  # noqa: S108
SWEEP_EVERY_SECONDS = 10
PATIENCE_SECONDS = 2
_FOREVER = float("inf")
# What says that the file is no good; anything else may pass.
_DAMAGED = {
    sqlite3.SQLITE_ERROR, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
}  # fmt: skip
_TABLE = """
    CREATE TABLE IF NOT EXISTS entries
    (key TEXT PRIMARY KEY, value, expires_at REAL NOT NULL) WITHOUT ROWID
"""
_SET = """
    INSERT INTO entries VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
# An expired number is as if it had never been, so that it begins anew.
_ADD_UP = """
    INSERT INTO entries VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET
      value = excluded.value + iif(entries.expires_at > ?, entries.value, 0),
      expires_at = iif(entries.expires_at > ?, entries.expires_at, excluded.expires_at)
    RETURNING key, value
"""
# Closed by the process that opened them: SQLite loses its locks if a child does.
_left_to_the_parent: list[sqlite3.Connection] = []


def folder_for(data_dir: Path) -> Path:
    """Where the cache of this site and this user is: in memory if there is such a place."""
    if not os.access(MEMORY, os.W_OK):
        return data_dir / "cache"
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return MEMORY / f"advocacy-{os.getuid()}-{mark}"


class MemoryCache(BaseCache):
    """Django's cache in one SQLite file. `add`, `incr` and `add_up` are one statement each, so
    none is lost.

    LOCATION is a folder. What would expire soonest goes first when it grows beyond MAX_ENTRIES.
    """

    def __init__(self, location: str | Path, params: dict[str, object]) -> None:
        super().__init__(params)
        self._file = Path(location) / "cache.sqlite3"
        self._path = str(self._file)
        self._local = threading.local()
        self._swept_at = 0.0

    def validate_key(self, key: str) -> None:
        """Any key will do: what Django looks for, letter by letter, troubles memcached only."""

    def get(self, key, default=None, version=None):
        """The value, or the default."""
        sql = "SELECT value FROM entries WHERE key = ? AND expires_at > ?"
        row = self._run(sql, self.make_and_validate_key(key, version), time.time())
        return _unpacked(row[0]) if row else default

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value, in the place of another one."""
        self._run(_SET, *self._entry(key, value, timeout, version))
        self._sweep_now_and_then()

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value where there is none. True for one caller, however many there are."""
        unless_alive = f"{_SET} WHERE entries.expires_at <= ? RETURNING 1"
        entry = self._entry(key, value, timeout, version)
        is_new = bool(self._run(unless_alive, *entry, time.time()))
        self._sweep_now_and_then()
        return is_new

    def incr(self, key, delta=1, version=None):
        """Add to a whole number and return the sum. Raises ValueError where there is none."""
        sql = (
            "UPDATE entries SET value = value + ? WHERE key = ? AND expires_at > ?"
            " AND typeof(value) = 'integer' RETURNING value"
        )
        row = self._run(sql, delta, self.make_and_validate_key(key, version), time.time())
        if row is None:
            raise ValueError("There is no number to add to.")
        return row[0]

    def add_up(self, added: dict[str, tuple[int, float]]) -> dict[str, int]:
        """Add to several whole numbers at once and return the sums.

        By key: what to add, and how many seconds the number lives from when it began at 0. One
        statement for all, since each one waits for its turn to write.
        """
        now = time.time()
        keys = {self.make_key(key): key for key in added}
        values = []
        for stored, key in keys.items():
            delta, seconds = added[key]
            values += [stored, delta, now + seconds]
        sql = _add_up(len(keys))
        rows = self._rows(sql, *values, now, now)
        self._sweep_now_and_then()
        return {keys[stored]: total for stored, total in rows}

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None):
        """Give a value another time to live."""
        sql = "UPDATE entries SET expires_at = ? WHERE key = ? AND expires_at > ? RETURNING 1"
        expires_at = self._expires_at(timeout)
        key = self.make_and_validate_key(key, version)
        return bool(self._run(sql, expires_at, key, time.time()))

    def delete(self, key, version=None):
        """Forget a value."""
        sql = "DELETE FROM entries WHERE key = ? RETURNING 1"
        return bool(self._run(sql, self.make_and_validate_key(key, version)))

    def clear(self):
        """Forget everything."""
        self._run("DELETE FROM entries")
        self.sweep()

    def sweep(self) -> None:
        """Wipe out what has expired, and what is too much, also from the file's own journal."""
        if not self._file.exists():
            return
        self._run("DELETE FROM entries WHERE expires_at <= ?", time.time())
        self._run(
            "DELETE FROM entries WHERE key IN (SELECT key FROM entries ORDER BY expires_at"
            " LIMIT max(0, (SELECT count(*) FROM entries) - ?))",
            self._max_entries,
        )
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def _sweep_now_and_then(self) -> None:
        if time.monotonic() > self._swept_at + SWEEP_EVERY_SECONDS:
            self._swept_at = time.monotonic()
            self.sweep()

    def _entry(self, key, value, timeout, version) -> tuple[str, object, float]:
        key = self.make_and_validate_key(key, version)
        return key, _packed(value), self._expires_at(timeout)

    def _expires_at(self, timeout: float | None) -> float:
        moment = self.get_backend_timeout(timeout)
        return _FOREVER if moment is None else moment

    def _run(self, sql: str, *values: object) -> tuple | None:
        rows = self._rows(sql, *values)
        return rows[0] if rows else None

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                raise
            self._replace_file()
            return self._connection().execute(sql, values).fetchall()

    def _connection(self) -> sqlite3.Connection:
        mine = self._local
        connection = getattr(mine, "connection", None)
        # A file that somebody removed or replaced would be counted in by us alone.
        if connection and mine.opened == (os.getpid(), self._inode()):
            return connection
        if connection and mine.opened[0] != os.getpid():
            _left_to_the_parent.append(connection)
        with self._alone():
            self._file.touch(mode=0o600)  # SQLite gives the files beside it the same mode
            mine.opened, mine.connection = (os.getpid(), self._inode()), None
            mine.connection = self._open()
        return mine.connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file, PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            # Nothing here needs to survive the machine; a killed process leaves it whole.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA secure_delete = ON")  # forgotten is overwritten
            connection.execute(_TABLE)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _replace_file(self) -> None:
        with self._alone():
            # Whoever else found it damaged may have replaced it already.
            if self._local.opened == (os.getpid(), self._inode()):
                for ending in ("", "-wal", "-shm"):
                    Path(f"{self._file}{ending}").unlink(missing_ok=True)
        self._local.connection = None

    def _inode(self) -> int | None:
        try:
            return os.stat(self._path).st_ino  # noqa: PTH116 - pathlib takes longer than the look
        except FileNotFoundError:
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Open and replace the file one process after the other."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Anybody may write to /dev/shm, so somebody else may have been there first.
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            state = os.fstat(folder)
            if state.st_uid != os.getuid() or state.st_mode & 0o077:
                raise PermissionError("The folder of the cache must be ours alone.")
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


@lru_cache
def _add_up(count: int) -> str:
    return _ADD_UP.format(rows=", ".join(["(?, ?, ?)"] * count))


def _packed(value: object) -> object:
    # Whole numbers stay numbers, so that the database itself can add to them.
    is_number = type(value) is int and abs(value) < 2**62
    return value if is_number else pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _unpacked(value: object) -> object:
    # As Django's cache in files does: who can write to that folder is us already.
    return pickle.loads(value) if isinstance(value, bytes) else value  # noqa: S301
