"""Every library that we run or test with, from what is installed: version, licence, why, what with.

Usage: python scripts/dependencies.py    writes docs/dependencies.md (`make lock` does it)
Needs what requirements-dev.txt installs.
"""

import re
import tomllib
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "dependencies.md"
# What goes with MIT where the library is used as it is. Whoever needs another one decides it here.
ALLOWED = {
    "MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Apache-2.0", "PSF-2.0",
    "MPL-2.0", "LGPL-3.0-only", "Unlicense", "OLDAP-2.8",
}  # fmt: skip
# Only beside the tests, never on a server: any licence under which we may run it.
ALLOWED_FOR_TESTS = ALLOWED | {"Artistic-1.0-Perl"}
# What the files that are installed do not say, or say in other words.
SAID_ELSEWHERE = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "defusedxml": "PSF-2.0",
    "pytest-django": "BSD-3-Clause",
    "pytest-playwright": "Apache-2.0",
    "segno": "BSD-3-Clause",
    "sqlparse": "BSD-3-Clause",
    "sortedcontainers": "Apache-2.0",
    "text-unidecode": "Artistic-1.0-Perl",
    "typing-extensions": "PSF-2.0",
}
# Of Debian 12, the oldest that we run on: the page is the same, whatever Python makes it.
_OLDEST_PYTHON = {"python_full_version": "3.11.2", "python_version": "3.11"}
_CLASSIFIERS = {
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
}
BEGINNING = """\
# Libraries

Made by `scripts/dependencies.py` from what is installed; a test fails where it is out of date, and
where a licence is none of those in that script. Hashes of all files are in `requirements.txt` and
`requirements-dev.txt`: nothing else is ever installed. `make lock` chooses the newest versions
that `pyproject.toml` allows.

"""
MENDING = """
## How soon a hole is mended

Django announces its holes at https://www.djangoproject.com/weblog/; https://osv.dev/ has those of
all libraries. Whoever keeps the code looks there every week and before each release, and
`.venv/bin/pip list --outdated` says what is newer. Whoever runs a site reads CHANGELOG.md and
updates.

| a hole that | is mended within |
|---|---|
| lets somebody read or change what they may not, on a server | 2 days |
| is any other, in what runs on a server | 14 days |
| is in what only tests use | with the next `make lock`, at most 3 months |

## Beside these

| what | where | licence |
|---|---|---|
| altcha's worker, which calculates in a browser | `static/vendor/altcha/` | MIT |
| a typeface for headings | `static/fonts/` | SIL OFL 1.1 |
| Nu HTML checker, fetched for the tests alone | `tests/html_checker.py` | MIT |
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page, as it should be now."""
    why = reasons()
    run, test = pinned("requirements.txt"), pinned("requirements-dev.txt")
    only_test = [name for name in test if name not in run]
    return "".join(
        [
            BEGINNING,
            "## What a site runs on\n\n",
            table(run, why),
            "\n## What only the tests need\n\n",
            table(only_test, why),
            MENDING,
        ]
    )


def table(names: list[str], why: dict[str, str]) -> str:
    """A line for each library that is installed here, those that we chose first."""
    lines = [
        "| library | version | licence | why, or with what | brings along |",
        "|---|---|---|---|---|",
    ]
    found = [one for name in names if (one := library(name))]
    chosen = [one for one in found if canonicalize_name(one.name) in why]
    others = [one for one in found if canonicalize_name(one.name) not in why]
    for one in chosen:
        name = canonicalize_name(one.name)
        along = ", ".join(sorted(brought_along(name), key=str.lower))
        lines.append(f"| {one.name} | {one.version} | {one.licence} | {why[name]} | {along} |")
    for one in others:
        name = canonicalize_name(one.name)
        by = [chief for chief in why if name in map(canonicalize_name, brought_along(chief))]
        lines.append(f"| {one.name} | {one.version} | {one.licence} | with {', '.join(by)} | |")
    return "\n".join(lines) + "\n"


def reasons() -> dict[str, str]:
    """Why we have each library that we chose, from the comments beside it in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = re.findall(r'^    "([^"]+)",[ ]*(?:# (.*))?$', text, re.M)
    wanted = tomllib.loads(text)
    ours = {*wanted["project"]["dependencies"], *wanted["dependency-groups"]["dev"]}
    return {canonicalize_name(Requirement(one).name): note for one, note in lines if one in ours}


@cache
def pinned(file: str) -> dict[str, Requirement]:
    """By name: what a requirements file has of it."""
    lines = re.findall(r"^([a-z0-9._-]+==[^\\\n]+)", (ROOT / file).read_text("utf-8"), re.M)
    return {one.name: one for one in map(Requirement, lines)}


class Library(NamedTuple):
    """One of them, and what it needs itself."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()


@cache
def library(name: str) -> Library | None:
    """What is installed under a name, or would be with the oldest Python; None for neither."""
    name = canonicalize_name(name)
    try:
        one = distribution(name)
    except PackageNotFoundError:
        pin = pinned("requirements-dev.txt").get(name)
        if not (pin and pin.marker and pin.marker.evaluate(_OLDEST_PYTHON)):
            return None
        version = str(pin.specifier).removeprefix("==")
        return Library(name, version, SAID_ELSEWHERE.get(name, "unknown"))
    return Library(one.name, one.version, _licence(one), tuple(one.requires or []))


def brought_along(name: str) -> set[str]:
    """What a library that we chose needs itself, and what that needs."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = tomllib.loads(text)
    ours = [*wanted["project"]["dependencies"], *wanted["dependency-groups"]["dev"]]
    chosen = map(Requirement, ours)
    found, waiting = set(), [one for one in chosen if canonicalize_name(one.name) == name]
    while waiting:
        one = waiting.pop()
        for need in map(Requirement, library(one.name).needs):
            contexts = [{"extra": extra, **_OLDEST_PYTHON} for extra in ("", *one.extras)]
            is_needed = not need.marker or any(need.marker.evaluate(c) for c in contexts)
            if is_needed and (known := library(need.name)) and known.name not in found:
                found.add(known.name)
                waiting.append(need)
    return found


def _licence(one: Distribution) -> str:
    # By its SPDX name, as far as the files say it.
    if said := SAID_ELSEWHERE.get(canonicalize_name(one.name)):
        return said
    said = one.metadata.get("License-Expression") or one.metadata.get("License") or ""
    if said and len(said) < 40:
        return said
    classifiers = [c.rpartition(" :: ")[2] for c in one.metadata.get_all("Classifier", [])]
    return next((_CLASSIFIERS[c] for c in classifiers if c in _CLASSIFIERS), "unknown")


def is_allowed(licence: str, allowed: set[str]) -> bool:
    """Whether all licences that hold at once, or one of those to choose from, are among them."""
    return any(
        all(part.strip() in allowed for part in choice.split(" AND "))
        for choice in licence.split(" OR ")
    )


if __name__ == "__main__":
    main()
