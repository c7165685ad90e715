"""A whole site, of real parts, each of which can be broken and mended while people use it."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from advocacy.memory_cache import folder_for
from tests import postgres
from tests.load.journey import (
    BIN,
    ROOT,
    free_port,
    is_listening,
    manage,
    set_environment,
    wait_until,
)
from tests.load.mailserver import MailServer

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
DISK = "1500m"
# Less of its log than the small disk holds.
OPTIONS = "-c listen_addresses='' -c max_connections=60 -c max_wal_size=192MB"
WORKERS = 2


class Stage:
    """PostgreSQL on a small disk with a standby beside it, gunicorn, two workers, a mail server."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="night-"))
        self.primary = postgres.Cluster(OPTIONS, self._small_disk())
        self.standby = postgres.Cluster(OPTIONS)
        self.primary.make()
        self.primary.start()
        self.port, self.page_port, mail_port = free_port(), free_port(), free_port()
        hosts = f"{self.primary.home},{self.standby.home}"
        url = f"postgres://postgres@/postgres?host={hosts}&target_session_attrs=read-write"
        set_environment(self.data, url, mail_port, self.port)
        os.environ |= {"PAGE_CACHE_SECONDS": "1", "LETTER_LEASE_SECONDS": "60"}
        os.environ["BIND"] = f"127.0.0.1:{self.port},127.0.0.1:{self.page_port}"
        manage("migrate", "--verbosity=0")
        manage("keys", "make", "--private-key-file", str(self.data / "private"))
        manage("collectstatic", "--noinput", "--verbosity=0")
        self.mails = MailServer(mail_port)
        self.clock: dict[str, str] = {}
        self.is_over = False
        self.log = (self.data / "log").open("ab")
        self.web = self._start_web()
        self.workers = [self._start_worker() for _ in range(WORKERS)]
        threading.Thread(target=self._keep_running, daemon=True).start()
        wait_until(lambda: is_listening(self.port), "the site answers")

    def close(self) -> None:
        """End everything and leave nothing."""
        self.is_over = True
        for process in (self.web, *self.workers):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        self.mails.close()
        for cluster in (self.primary, self.standby):
            if cluster.is_running():
                cluster.stop()
        if os.path.ismount(self.primary.home):
            subprocess.run(["umount", "-l", str(self.primary.home)], check=False)
        for cluster in (self.primary, self.standby):
            cluster.remove()
        shutil.rmtree(folder_for(self.data), ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)

    def tail(self) -> list[str]:
        """The last lines of everybody's log, and of PostgreSQL's."""
        self.log.flush()
        lines = (self.data / "log").read_text(errors="replace").splitlines()[-15:]
        return lines + (self.primary.home / "log").read_text().splitlines()[-10:]

    # --- Processes --------------------------------------------------------------------------------

    def _start_web(self) -> subprocess.Popen:
        # The workers come before it, as by the CPUWeight of their unit: see mixed.py.
        return self._start("nice", "-n", "10", str(BIN / "gunicorn"), "advocacy.wsgi")

    def _start_worker(self) -> subprocess.Popen:
        return self._start(sys.executable, "manage.py", "work")

    def _start(self, *command: str) -> subprocess.Popen:
        environment = os.environ | self.clock
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.log,
                                stderr=self.log, start_new_session=True)  # fmt: skip

    def _keep_running(self) -> None:
        """What systemd would do."""
        while not self.is_over:
            for number, process in enumerate(self.workers):
                if process.poll() is not None:
                    self.workers[number] = self._start_worker()
            if self.web.poll() is not None:
                # Nobody of it may stay behind, and at the port.
                with suppress(ProcessLookupError):
                    os.killpg(self.web.pid, signal.SIGKILL)
                self.web = self._start_web()
            time.sleep(0.5)

    def kill_somebody(self) -> None:
        """SIGKILL to a web process or to a worker, whichever it hits."""
        found = subprocess.run(["pgrep", "-P", str(self.web.pid)], check=False,
                               stdout=subprocess.PIPE, text=True).stdout.split()  # fmt: skip
        victims = [int(pid) for pid in found] + [worker.pid for worker in self.workers]
        with suppress(ProcessLookupError):
            os.kill(random.choice(victims), signal.SIGKILL)

    def restart(self, **clock: str) -> None:
        """Let everything end as on a deploy, and start with another clock."""
        self.clock = clock
        for process in (self.web, *self.workers):
            process.terminate()

    def deploy(self) -> None:
        """Migrate back and forth while people sign, and change processes one by one."""
        manage("migrate", "--verbosity=0", "petitions", "0003")
        manage("migrate", "--verbosity=0")
        self.web.send_signal(signal.SIGHUP)
        for worker in self.workers:
            worker.terminate()

    def forget_cache(self) -> None:
        """Take the shared cache away."""
        shutil.rmtree(folder_for(self.data), ignore_errors=True)

    # --- The database -----------------------------------------------------------------------------

    def _small_disk(self) -> Path | None:
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
            return None
        return folder

    @property
    def has_small_disk(self) -> bool:
        """Whether a disk of its own could be had, for which one has to be root."""
        return os.path.ismount(self.primary.home)

    def fill_disk(self) -> None:
        """Leave not one byte on the database's disk."""
        with (self.primary.home / "filler").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 65536)

    def free_disk(self) -> None:
        """Give it room again, and start it where it gave up."""
        (self.primary.home / "filler").unlink()
        if not self.primary.is_running():
            self.primary.start()

    def add_standby(self) -> None:
        """Copy the running database; from now on no commit returns before the copy has it."""
        self.standby.follow(self.primary)
        settings = (self.primary.data / "postgresql.auto.conf").open("a")
        with settings:
            settings.write("synchronous_standby_names = '*'\n")
        self.primary.control("reload")

    def fail_over(self) -> None:
        """The database dies and its copy takes its place."""
        self.primary.stop("immediate")
        self.standby.control("-w", "promote")
