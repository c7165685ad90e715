"""nginx in front of the web processes, by the file that people install, on this machine."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.load.journey import ROOT, free_port, is_listening, wait_until

FILE = ROOT / "deploy" / "nginx" / "nginx.conf"


class Front:
    """An nginx, its port, and a folder of its own that processes of another user may enter."""

    def __init__(self, data: Path, web_ports: list[int]) -> None:
        data.chmod(0o755)
        self.data, self.port = data, free_port()
        self.file = data / "nginx.conf"
        # What it shows while nobody answers, as the guide has it copied.
        shutil.copytree(Path(os.environ["DATA_DIR"], "static", "away"), data / "away")
        self._write(web_ports)
        self.process = subprocess.Popen(["nginx", "-e", f"{data}/nginx.errors", "-c", self.file])
        wait_until(lambda: is_listening(self.port), "nginx listens")

    def lead_to(self, web_ports: list[int]) -> None:
        """From now on to these."""
        self._write(web_ports)
        command = ["nginx", "-e", f"{self.data}/nginx.errors", "-c", self.file, "-s", "reload"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        time.sleep(1)  # it tells nobody when it has

    def close(self) -> None:
        """End at once."""
        self.process.terminate()
        self.process.wait(10)

    def _write(self, web_ports: list[int]) -> None:
        machines = "\n".join(f"server 127.0.0.1:{port};" for port in web_ports)
        self.file.write_text(as_here(FILE.read_text(), self.data, self.port, machines))


@contextmanager
def running(web_ports: list[int]) -> Iterator[Front]:
    """nginx, until the end."""
    with tempfile.TemporaryDirectory(prefix="front-") as data:
        front = Front(Path(data), web_ports)
        try:
            yield front
        finally:
            front.close()


def as_here(text: str, data: Path, port: int, machines: str) -> str:
    """deploy/nginx/nginx.conf, at a port without TLS and in folders that a test may use."""
    text = re.sub(r"server \{\s+listen 80;.+?\n    \}\n", "", text, count=1, flags=re.S)
    text = re.sub(r"\n *listen \[::\]:.+", "", text)
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    text = re.sub(r"\n *ssl_certificate.+", "", text)
    text = text.replace("petitions.example.org", "localhost").replace("user www-data;", "")
    text = text.replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
    text = text.replace("server 127.0.0.1:8000;", machines)
    for place in ("/run", "/var/log/nginx", "/var/lib/nginx"):
        text = text.replace(f"{place}/", f"{data}/")
    text = text.replace("/var/www/advocacy", str(data))
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {data}/nginx-{kind};\n" for kind in temporary)
    return "daemon off;\n" + text.replace("http {", f"http {{\n{paths}", 1)
