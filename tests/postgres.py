"""A throwaway PostgreSQL from the machine's own programs, on a unix socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "postgres"
# Nothing here outlives the tests, so nothing has to reach the disk. Tables without statistics make
# every question look dear, and compiling it first (jit) would take longer than to answer it.
OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=200 -c jit=off"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, the newest version's; None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    on_path = shutil.which("initdb")
    folders = [*debian, *([Path(on_path).parent] if on_path else [])]
    found = [f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()]
    return found[-1] if found else None


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0


@contextmanager
def cluster(options: str = OPTIONS) -> Iterator[str]:
    """Run a cluster; yields its DATABASE_URL. As root it runs as user postgres, who must exist."""
    binaries = programs()
    home = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
    user = None
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres").pw_name
        shutil.chown(home, user)
    data = home / "data"

    def run(*command: object) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            user=user,
            cwd=home,
            stdout=subprocess.DEVNULL,
        )

    try:
        run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        flags = f"{options} -c unix_socket_directories={home}"
        run(binaries / "pg_ctl", "-D", data, "-w", "-o", flags, "-l", home / "log", "start")
        try:
            yield f"postgres://postgres@/{DATABASE}?host={home}"
        finally:
            run(binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
