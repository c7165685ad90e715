"""What we build on: written down, under licences that go with ours, and nothing besides."""

import re

import pytest

from scripts import dependencies
from scripts.dependencies import ALLOWED, ALLOWED_FOR_TESTS, is_allowed, library, pinned

pytestmark = pytest.mark.once


def test_the_page_says_what_is_installed():
    written = dependencies.PAGE.read_text(encoding="utf-8")
    assert written == dependencies.page(), "python scripts/dependencies.py"


def test_every_licence_goes_with_ours():
    wrong = {
        name: one.licence
        for file, allowed in (
            ("requirements.txt", ALLOWED),
            ("requirements-dev.txt", ALLOWED_FOR_TESTS),
        )
        for name in pinned(file)
        if (one := library(name)) and not is_allowed(one.licence, allowed)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("said", "is_right"),
    [("MIT", True), ("MIT AND PSF-2.0", True), ("GPL-3.0-only OR MIT", True), ("unknown", False),
     ("MIT AND GPL-3.0-only", False), ("AGPL-3.0-or-later", False), ("", False)],
)  # fmt: skip
def test_a_licence_that_does_not_go_with_ours_is_noticed(said, is_right):
    assert is_allowed(said, ALLOWED) is is_right


def test_what_only_an_older_python_needs_is_written_down_by_every_python():
    old = library("async-timeout")  # redis has it with Python before 3.11.3, as Debian 12's is
    assert (old.version, old.licence) == ("5.0.1", "Apache-2.0")
    assert "| async-timeout | 5.0.1 | Apache-2.0 | with redis | |" in dependencies.page()


def test_we_know_why_we_have_each_library():
    assert [name for name, why in dependencies.reasons().items() if not why] == []
    assert len(dependencies.reasons()) > 20


def test_every_library_is_installed_by_its_hash_only():
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = (dependencies.ROOT / file).read_text(encoding="utf-8")
        lines = text.splitlines()
        named = [number for number, line in enumerate(lines) if re.match(r"[a-z].*==", line)]
        assert named
        assert [lines[n] for n in named if "--hash=sha256:" not in lines[n + 1]] == []
    setup = (dependencies.ROOT / "scripts" / "setup.py").read_text(encoding="utf-8")
    assert "--require-hashes" in setup
