"""Asking a site as fast as it answers, with wrk."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.load.journey import Site

SCRIPT = Path(__file__).with_name("wrk.lua")
SLUG = "bench"
CONNECTIONS = 8


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
    found = next(x for x in done.stdout.splitlines() if x.startswith("RESULT "))
    return Run(**json.loads(found.removeprefix("RESULT ")))


def written(data: Path, lines: list[str]) -> str:
    """A new file with these lines."""
    file = data / f"lines-{time.time_ns()}"
    file.write_text("\n".join(lines))
    return str(file)
