"""Asking a site as fast as it answers, with wrk."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.load.journey import Site

SCRIPT = Path(__file__).with_name("wrk.lua")
SLUG = "bench"
CONNECTIONS = 8
READER_PAUSE_MS = 50


@dataclass
class Run:
    """What wrk says of one run."""

    per_second: float
    p50_ms: float
    p99_ms: float
    p99_95_ms: float
    errors: int
    statuses: dict[str, int]


def wrk(site: Site, seconds: int, *arguments: str, connections: int = CONNECTIONS) -> Run:
    """Ask for some seconds over all connections."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
               "-s", str(SCRIPT), f"http://localhost:{site.port}", "--", *arguments]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return _result(done.stdout)


@contextmanager
def readers(port: int, path: str, per_second: float) -> Iterator[list[Run]]:
    """Some requests a second for a page and its number, until the end; then what wrk says."""
    connections = max(1, int(per_second * READER_PAUSE_MS / 1000))
    command = ["wrk", "-t1", f"-c{connections}", "-d24h", "--timeout", "60s", "-s", str(SCRIPT),
               f"http://localhost:{port}", "--", "read", path, str(READER_PAUSE_MS)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    runs: list[Run] = []
    try:
        yield runs
    finally:
        process.send_signal(signal.SIGINT)
        runs.append(_result(process.communicate(timeout=90)[0]))


def _result(printed: str) -> Run:
    found = next(x for x in printed.splitlines() if x.startswith("RESULT "))
    return Run(**json.loads(found.removeprefix("RESULT ")))


def written(data: Path, lines: list[str]) -> str:
    """A new file with these lines."""
    file = data / f"lines-{time.time_ns()}"
    file.write_text("\n".join(lines))
    return str(file)
