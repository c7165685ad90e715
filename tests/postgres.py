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
OPTIONS = (
    "-c listen_addresses='' -c max_connections=200 -c jit=off "
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off "
    "-c wal_level=minimal -c max_wal_senders=0"
)


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, the newest version's; None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    on_path = shutil.which("initdb")
    folders = [*([Path(on_path).parent] if on_path else []), *debian]
    found = [f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()]
    return found[-1] if found else None


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0


class Cluster:
    """A cluster in a folder of its own. As root it runs as user postgres, who must exist."""

    def __init__(self, options: str = OPTIONS, folder: Path | None = None) -> None:
        # Short: a socket's path has at most 107 bytes.
        self.home = folder or Path(tempfile.mkdtemp(prefix="pg-"))
        self.data, self.options = self.home / "data", options
        self.user = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.home, self.user)

    @property
    def url(self) -> str:
        """Its DATABASE_URL."""
        return f"postgres://postgres@/{DATABASE}?host={self.home}"

    def make(self) -> None:
        """Make an empty database."""
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    def follow(self, other: "Cluster") -> None:
        """Become a streaming replica of a running cluster, and run."""
        self.run("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast",
                 "-d", f"host={other.home} user=postgres")  # fmt: skip
        self.start()

    def start(self) -> None:
        """Run, and wait until it answers."""
        flags = f"{self.options} -c unix_socket_directories={self.home}"
        self.control("-w", "-o", flags, "-l", self.home / "log", "start")

    def stop(self, mode: str = "immediate") -> None:
        """End at once, as if it had crashed, or by another of pg_ctl's modes."""
        self.control("-w", "-m", mode, "stop")

    def is_running(self) -> bool:
        """Whether its server is there."""
        return (self.data / "postmaster.pid").exists()

    def control(self, *arguments: object) -> None:
        """Have pg_ctl do something."""
        self.run("pg_ctl", "-D", self.data, *arguments)

    def run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs as its user."""
        subprocess.run(
            [str(programs() / program), *(str(part) for part in arguments)],
            check=True,
            user=self.user,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
        )

    def remove(self) -> None:
        """Leave nothing of it."""
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def cluster(options: str = OPTIONS) -> Iterator[str]:
    """Run a cluster; yields its DATABASE_URL."""
    made = Cluster(options)
    try:
        made.make()
        made.start()
        try:
            yield made.url
        finally:
            made.stop()
    finally:
        made.remove()
