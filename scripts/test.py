"""All tests: the code's form, then the suite on SQLite and on PostgreSQL, side by side.

What can't run for want of a program is named in one line; with REQUIRE_ALL=1 that is a failure.
Arguments go to pytest: scripts/test.py tests/petitions -k confirm
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))

from tests import browser_program, html_checker, postgres, redis_server  # noqa: E402
from tests.advocacy import behind_nginx  # noqa: E402

PYTEST = [sys.executable, "-m", "pytest", "-q"]
FORM = (
    [BIN / "ruff", "check", "--quiet", "."],
    [BIN / "ruff", "format", "--quiet", "--check", "."],
    [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", "--verbosity=0"],
)


def main() -> None:
    """Run it all; the status is 0 only if all that ran passed and nothing required was missing."""
    os.chdir(ROOT)
    keep_bytecode()
    html_checker.fetch()
    failed = check_form()
    with ExitStack() as stack:
        failed += run_suites(stack)
    missing = missing_programs()
    if missing:
        print(f"Skipped: {'; '.join(missing)}.")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}.")
    if missing and os.environ.get("REQUIRE_ALL"):
        sys.exit("REQUIRE_ALL is set, so a skipped part is a failure.")


def keep_bytecode() -> None:
    """What one process has compiled, the others and those that they start find in .cache/."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".cache" / "bytecode")


def check_form() -> list[str]:
    """What the checks of the code's form are not content with.

    Meanwhile one process reads all tests, so that none of the suites has to compile them.
    """
    reading = subprocess.Popen(
        [*PYTEST, "--collect-only", *sys.argv[1:]], stdout=subprocess.DEVNULL
    )
    failed = [" ".join(map(str, command[1:3])) for command in FORM if not passes(command)]
    reading.wait()  # what went wrong there goes wrong in the suites, and is said there
    return failed


def passes(command: list[object]) -> bool:
    """Whether a check of the code's form is content."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run([str(part) for part in command], env=environment).returncode == 0


def run_suites(stack: ExitStack) -> list[str]:
    """The same suite on each database at the same time; returns where it failed.

    In parts of about one length, so that no processor is idle while one waits, or at the end.
    """
    parts = {
        "SQLite, in a browser": start_suite("", "-m", "browser"),
        "SQLite": start_suite("", "-m", "not browser and not once"),
        "SQLite, what once is enough for": start_suite("", "-m", "once and not browser"),
    }
    if url := os.environ.get("TEST_DATABASE_URL"):
        parts["PostgreSQL"] = start_suite(url)
    elif postgres.programs():
        for half in ("first", "second"):  # each with a server of its own
            url = stack.enter_context(postgres.cluster())
            parts[f"PostgreSQL, {half} half"] = start_suite(url, "--half", half)
    failed = []
    for name, (process, output) in parts.items():
        process.wait()
        print(f"--- {name} " + "-" * (70 - len(name)), flush=True)
        print(output.read_text(), flush=True)
        output.unlink()
        is_empty = process.returncode == pytest.ExitCode.NO_TESTS_COLLECTED and sys.argv[1:]
        if process.returncode and not is_empty:
            failed.append(f"the suite on {name}")
    return failed


def start_suite(url: str, *chosen: str) -> tuple[subprocess.Popen, Path]:
    """pytest against one database, all tests or some of them, its words apart in a file."""
    environment = os.environ | {"TEST_DATABASE_URL": url}
    with tempfile.NamedTemporaryFile("w", prefix="suite-", delete=False) as file:
        command = [*PYTEST, *chosen, *sys.argv[1:]]
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT)
    return process, Path(file.name)


def missing_programs() -> list[str]:
    """What could not be tested, and what to install for it."""
    missing = []
    if not (os.environ.get("TEST_DATABASE_URL") or postgres.programs()):
        missing.append("the PostgreSQL part (install PostgreSQL or set TEST_DATABASE_URL)")
    if not browser_program.program():
        missing.append("the browser part (install chromium-headless-shell, or chromium)")
    if not browser_program.whole():
        missing.append("what pages weigh (install chromium)")
    if not behind_nginx.program():
        missing.append("what is sent to nginx on purpose (install nginx)")
    if not redis_server.program():
        missing.append("the cache of several machines (install redis-server)")
    if not shutil.which("xgettext"):
        missing.append("whether the catalogues are up to date (install gettext)")
    if not html_checker.is_here():
        missing.append("the HTML checker's part (install Java 11; npm's registry must be in reach)")
    return missing


if __name__ == "__main__":
    main()
