"""Make the virtual environment in .venv and install exactly what a requirements file names.

Needs nothing but Python, whose version it checks. Does nothing where all is in place.
Usage: python3 scripts/setup.py requirements.txt
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INSTALLED = VENV / "installed"  # hash of the requirements that .venv was made from
OLDEST = (3, 11)


def main(requirements):
    """Install, or say in one sentence what stands in the way."""
    require_python()
    wanted = fingerprint(requirements)
    enough = (wanted, fingerprint("requirements-dev.txt"))  # the latter has all of the former
    if INSTALLED.is_file() and INSTALLED.read_text() in enough:
        return
    print("Setting up (once) ...", flush=True)
    try:
        make_venv()
        install(requirements)
        INSTALLED.write_text(wanted)
    except OSError as error:
        sys.exit(f"Can't write to {VENV}: {error.strerror}.")


def require_python():
    """Stop where this Python is too old."""
    if sys.version_info < OLDEST:
        sys.exit(
            "Python {}.{} or newer is needed; this one is {}.{}. Install it, "
            "or name it: make run PYTHON=python3.11".format(*OLDEST, *sys.version_info)
        )


def fingerprint(requirements):
    """What tells one set of requirements, installed by one Python, from another."""
    content = (ROOT / requirements).read_bytes() + sys.version.encode()
    return hashlib.sha256(content).hexdigest()


def make_venv():
    """A virtual environment with pip and uv in it."""
    if not (VENV / "bin" / "pip").exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if made.returncode:
            sys.exit(
                f"Python can't make a virtual environment in {VENV}. On Debian: apt-get install "
                "python3-venv; otherwise see that the disk is writable."
            )
    if not (VENV / "bin" / "uv").exists():
        step([VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "uv"])


def install(requirements):
    """Exactly these versions, checked against their hashes."""
    uv = [VENV / "bin" / "uv", "pip", "sync", "--quiet", "--require-hashes", requirements]
    step(uv, UV_PYTHON_DOWNLOADS="never", VIRTUAL_ENV=str(VENV))


def step(command, **environment):
    """Run a program; if it fails its own words are above ours."""
    command = [str(part) for part in command]
    if subprocess.run(command, cwd=str(ROOT), env=dict(os.environ, **environment)).returncode:
        sys.exit("Installing failed (see above). Is the package index within reach?")


if __name__ == "__main__":
    main(sys.argv[1])
