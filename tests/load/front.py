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

    def __init__(self, data: Path, web_ports: list[int], page_ports: list[int]) -> None:
        data.chmod(0o755)
        self.data, self.port = data, free_port()
        self.file = data / "nginx.conf"
        # What it shows while nobody answers, as the guide has it copied.
        shutil.copytree(Path(os.environ["DATA_DIR"], "static", "away"), data / "away")
        self._write(web_ports, page_ports)
        self.process = subprocess.Popen(["nginx", "-e", f"{data}/nginx.errors", "-c", self.file])
        wait_until(lambda: is_listening(self.port), "nginx listens")

    def lead_to(self, web_ports: list[int]) -> None:
        """From now on to these."""
        self._write(web_ports, web_ports)
        command = ["nginx", "-e", f"{self.data}/nginx.errors", "-c", self.file, "-s", "reload"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        time.sleep(1)  # it tells nobody when it has

    def close(self) -> None:
        """End at once."""
        self.process.terminate()
        self.process.wait(10)

    def _write(self, web_ports: list[int], page_ports: list[int]) -> None:
        text = as_here(FILE.read_text(), self.data, self.port)
        for standard, ports in ((8000, web_ports), (8001, page_ports)):
            machines = "\n".join(f"server 127.0.0.1:{port};" for port in ports)
            text = text.replace(f"server 127.0.0.1:{standard};", machines)
        self.file.write_text(text)


@contextmanager
def running(web_ports: list[int], page_ports: list[int] | None = None) -> Iterator[Front]:
    """nginx, until the end. Where pages have no door of their own, they take that of the forms."""
    with tempfile.TemporaryDirectory(prefix="front-") as data:
        front = Front(Path(data), web_ports, page_ports or web_ports)
        try:
            yield front
        finally:
            front.close()


def as_here(text: str, data: Path, port: int) -> str:
    """deploy/nginx/nginx.conf, at a port without TLS and in folders that a test may use."""
    text = re.sub(r"server \{\s+listen 80;.+?\n    \}\n", "", text, count=1, flags=re.S)
    text = re.sub(r"\n *listen \[::\]:.+", "", text)
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    text = re.sub(r"\n *ssl_certificate.+", "", text)
    text = text.replace("petitions.example.org", "localhost").replace("user www-data;", "")
    text = text.replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
    for place in ("/run", "/var/log/nginx", "/var/lib/nginx"):
        text = text.replace(f"{place}/", f"{data}/")
    text = text.replace("/var/www/advocacy", str(data))
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {data}/nginx-{kind};\n" for kind in temporary)
    return "daemon off;\n" + text.replace("http {", f"http {{\n{paths}", 1)
