"""Entries in one LMDB file that all processes of a machine, or of its containers, have in hand.

Whoever reads or writes holds the file's lock (flock), for some microseconds. The kernel takes it
from a process that is killed, and it holds between containers, where LMDB's own lock, by the number
of a process, would not. What somebody writes is there as a whole or not at all.

What was overwritten stays somewhere in the file until it is written anew, which wipes the old one.
"""

import fcntl
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import lmdb

# So much fits into it; what is not there yet takes no memory.
MOST_BYTES = 256 * 1024 * 1024
LONGEST_NAME_BYTES = 511  # LMDB's
_WIPED_AT_ONCE_BYTES = 1024 * 1024
# What says that the file is no good; anything else may pass.
_DAMAGED = (
    lmdb.CorruptedError, lmdb.InvalidError, lmdb.MapResizedError, lmdb.PageNotFoundError,
    lmdb.PanicError, lmdb.VersionMismatchError,
)  # fmt: skip

Entry = tuple[bytes, bytes]
Result = TypeVar("Result")
Work = Callable[[lmdb.Transaction], Result]


class SharedFile:
    """The file as this process has it in hand, for one thread at a time; made where there is none.

    Use `shared_file`: LMDB wants a process to open a file once.
    """

    def __init__(self, path: Path) -> None:
        self.opened_at = 0.0  # by the monotonic clock
        self.path = path
        self._one_thread = threading.Lock()
        self._file: int | None = None  # whose lock it is
        self._bytes_count = 0  # of the file when it was last seen; LMDB never makes it smaller
        self._environment: lmdb.Environment | None = None

    def read(self, work: Work) -> Result:
        """What the work finds. Others may read meanwhile, and nobody writes."""
        return self._do(work, fcntl.LOCK_SH, is_writing=False)

    def write(self, work: Work) -> Result:
        """What the work returns. If it raises, nothing that it wrote is kept."""
        return self._do(work, fcntl.LOCK_EX, is_writing=True)

    def write_anew(self, kept_of: Callable[[Iterable[Entry]], list[Entry]]) -> None:
        """Put a new file in the place of this one, with what of all entries is to be kept, in the
        order of their names; and wipe this one."""
        beside = self.path.with_suffix(".new")
        with self._one_thread:
            self._hold(fcntl.LOCK_EX)
            try:
                with self._environment.begin() as entries:
                    kept = kept_of(entries.cursor())
                _make(beside, kept)
                beside.rename(self.path)  # from here on it is others' that may be beside
                self._environment.close()
                _wipe(self._file)
            finally:
                self._close()

    def leave_to_the_parent(self) -> None:
        """In the child of a fork: let go of what the parent has in hand."""
        self._one_thread = threading.Lock()
        self._close()

    def _do(self, work: Work, lock: int, *, is_writing: bool) -> Result:
        with self._one_thread:
            self._hold(lock)
            try:
                with self._environment.begin(write=is_writing) as entries:
                    return work(entries)
            except _DAMAGED:
                fcntl.flock(self._file, fcntl.LOCK_EX)
                if os.fstat(self._file).st_nlink:  # whoever else found it so may have been first
                    self.path.unlink()
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        return self._do(work, lock, is_writing=is_writing)

    def _hold(self, lock: int) -> None:
        """Have the lock of the file that is there, whoever put it there."""
        while True:
            if self._file is None:
                self._take_in_hand()
            fcntl.flock(self._file, lock)
            state = os.fstat(self._file)
            if state.st_nlink and state.st_size >= self._bytes_count:
                self._bytes_count = state.st_size
                return
            if state.st_nlink:
                # Somebody cut it off; to look at what is not there would end this process.
                self.path.unlink(missing_ok=True)
            self._close()  # it was removed, or another one is in its place

    def _take_in_hand(self) -> None:
        _require_own(self.path.parent)
        while self._environment is None:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                # LMDB opens it by its name; nobody may put another one there meanwhile.
                fcntl.flock(self._file, fcntl.LOCK_EX)
                if os.fstat(self._file).st_nlink:
                    self._environment = _open(self.path)
            except _DAMAGED:
                self.path.unlink()
            finally:
                if self._environment is None:
                    self._close()
        self.opened_at = time.monotonic()

    def _close(self) -> None:
        if self._environment is not None:
            self._environment.close()
        if self._file is not None:
            os.close(self._file)
        self._environment = self._file = None
        self._bytes_count = 0


@cache
def shared_file(path: Path) -> SharedFile:
    """The file of this name, the same one for all threads of a process."""
    file = SharedFile(path)
    os.register_at_fork(after_in_child=file.leave_to_the_parent)
    return file


def _require_own(folder: Path) -> None:
    """A folder that is ours alone. Anybody may write to /dev/shm, so somebody else may have been
    there first. Raises OSError where that is so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise PermissionError("The folder of the cache must be ours alone.")


def _open(path: Path) -> lmdb.Environment:
    """Nothing here needs to survive the machine, so nothing waits for a disk."""
    return lmdb.open(
        str(path), map_size=MOST_BYTES, subdir=False, create=False, lock=False, sync=False
    )


def _make(path: Path, entries: list[Entry]) -> None:
    path.unlink(missing_ok=True)  # of somebody who was killed
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _open(path) as environment, environment.begin(write=True) as transaction:
            transaction.cursor().putmulti(entries, append=True)
    except BaseException:
        path.unlink()  # there may be no room
        raise


def _wipe(file: int) -> None:
    """Its bytes are gone with this, not only when the last process lets go of it."""
    size = os.fstat(file).st_size
    for begin in range(0, size, _WIPED_AT_ONCE_BYTES):
        os.pwrite(file, bytes(min(_WIPED_AT_ONCE_BYTES, size - begin)), begin)
    os.ftruncate(file, 0)
