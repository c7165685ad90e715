"""How busy is the machine, and with what? From Linux's /proc.

Ours are this process, what it has waited for, and programs of the names that a bench starts.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# In a process' line: in its own words and in the kernel's, and the same of its children that ended.
_TIMES = slice(11, 15)
_OURS = ("postgres", "gunicorn", "wrk", "nginx", "manage.py", "pgbouncer", "redis-server",
         "valkey-server")  # fmt: skip
# What a site consists of, by a word in its command.
PROGRAMS = {"nginx": "nginx", "web": "gunicorn", "worker": "manage.py work",
            "PostgreSQL": "postgres", "mail server": "tests.load.sink"}  # fmt: skip
WHO = (*PROGRAMS, "wrk", "watching", "others")
# Folders of databases that are ours, though their first process has left the family.
homes: set[str] = set()


@dataclass
class Others:
    """What other programs used of the whole machine meanwhile."""

    percent: float = 0.0


@contextmanager
def watch() -> Iterator[Others]:
    """Look while something is done."""
    others = Others()
    started, all_before, ours_before = time.monotonic(), _all_seconds(), _our_seconds()
    yield others
    used = (_all_seconds() - all_before) - (_our_seconds() - ours_before)
    seconds = (time.monotonic() - started) * (os.cpu_count() or 1)
    others.percent = max(0.0, 100 * used / seconds)


def peak_megabytes(name: str) -> int:
    """The most memory that one process of this name has had."""
    peaks = [0]
    for process in _processes():
        if name in _command(process):
            lines = _read(process / "status").splitlines()
            peaks += [int(x.split()[1]) // 1024 for x in lines if x.startswith("VmHWM:")]
    return max(peaks)


def seconds_by_program() -> Counter[str]:
    """What the programs that were started here have used of the processor until now.

    "wrk" is what this process has waited for, "watching" is itself, "others" are all the rest.
    """
    times = os.times()
    spent = Counter(watching=times.user + times.system)
    spent["wrk"] = times.children_user + times.children_system
    for process in _started_here():
        command = _command(process)
        if name := next((name for name, word in PROGRAMS.items() if word in command), None):
            spent[name] += sum(map(int, _fields(process)[_TIMES])) / _TICKS
    spent["others"] = _all_seconds() - spent.total()
    return spent


def seconds_of_site() -> float:
    """What everything that was started here and runs has used until now, but for this process."""
    processes = [_fields(p) for p in _started_here() if p.name != str(os.getpid())]
    return sum(sum(map(int, fields[_TIMES])) for fields in processes) / _TICKS


def _started_here() -> list[Path]:
    """Processes that this one has started, and what they have started."""
    parents = {p: Path("/proc", (_fields(p) or ["", "0"])[1]) for p in _processes()}
    found = {Path("/proc", str(os.getpid()))}
    found |= {p for p in parents if any(home in _command(p) for home in homes)}
    while new := {p for p, parent in parents.items() if parent in found} - found:
        found |= new
    return list(found)


def _all_seconds() -> float:
    user, nice, system, _idle, _wait, irq, soft, *_ = _read(Path("/proc/stat")).split()[1:9]
    return sum(map(int, (user, nice, system, irq, soft))) / _TICKS


def _our_seconds() -> float:
    total = sum(os.times()[:4])  # of this process, and of what it has waited for
    for process in _processes():
        if process.name != str(os.getpid()) and any(name in _command(process) for name in _OURS):
            total += sum(map(int, _fields(process)[_TIMES])) / _TICKS
    return total


def _processes() -> list[Path]:
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _fields(process: Path) -> list[str]:
    """Of its line of numbers, what stands behind its name; nothing once it has ended."""
    return _read(process / "stat").rpartition(")")[2].split()


def _command(process: Path) -> str:
    return _read(process / "cmdline").replace("\0", " ")


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""
