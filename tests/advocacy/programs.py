"""Start our programs as an administrator would: in a process and an environment of their own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "SECRET_KEY": "kept-for-these-tests-and-nothing-else-0123456789-abcdefghij-KLMNOP",
    "SITE_URL": "https://example.org",
    "EMAIL_URL": "smtp://localhost:2525",
}


def run(*command: object, typed: str = "", **environment: object) -> subprocess.CompletedProcess:
    """Run a Python program of ours to its end, with this environment and no other."""
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env=inherited()
        | {"READ_DOT_ENV": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        | {name: str(value) for name, value in environment.items()},
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,  # only what never ends is a fault: the machine may be busy
    )


def inherited() -> dict[str, str]:
    """What every program may know of this environment."""
    known = ("PATH", "HOME", "PYTHONPYCACHEPREFIX")
    return {name: os.environ[name] for name in known if name in os.environ}


def last_line(done: subprocess.CompletedProcess) -> str:
    """What it said at the end."""
    return (done.stderr.strip().splitlines() or [""])[-1]


def code(lines: str) -> tuple[str, str]:
    """Arguments that let Python run some lines."""
    return "-c", lines


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
