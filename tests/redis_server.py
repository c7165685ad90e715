"""A throwaway Redis or Valkey from the machine's own programs, on a unix socket, saved nowhere."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def program() -> str | None:
    """The server, whichever of the two is here."""
    return shutil.which("valkey-server") or shutil.which("redis-server")


class Server:
    """One that can be stopped, frozen and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"
        self.url = f"unix://{self.socket}?db=0"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Run, and wait until it listens."""
        command = [program(), "--port", "0", "--unixsocket", str(self.socket), "--save", "",
                   "--appendonly", "no", "--dir", str(self.socket.parent)]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while not self.is_listening() and time.monotonic() < until:
            time.sleep(0.02)

    def is_listening(self) -> bool:
        """Whether somebody answers there."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def stop(self) -> None:
        """End at once, with all that is in it."""
        self.process.kill()
        self.process.wait(10)
        self.socket.unlink(missing_ok=True)


@contextmanager
def running() -> Iterator[Server]:
    """A server, until the end."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = Server(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
