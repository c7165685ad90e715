"""The table against ASVS names every requirement, and only tests that are there."""

import ast
import re
from functools import cache

import pytest

from tests.advocacy.programs import ROOT

pytestmark = pytest.mark.once
PAGE = ROOT / "docs" / "asvs.md"
STATES = {"met", "partly", "no", "yours", "none"}
# By section: the requirements of levels 1 and 2 in ASVS 5.0.0, as far as a chapter applies at all.
WANTED = {
    "1.1": range(1, 3), "1.2": range(1, 10), "1.3": range(1, 12), "1.4": range(1, 4),
    "1.5": range(1, 3), "2.1": range(1, 4), "2.2": range(1, 4), "2.3": range(1, 5),
    "2.4": range(1, 2), "3.2": range(1, 3), "3.3": range(1, 5), "3.4": range(1, 7),
    "3.5": range(1, 6), "3.7": range(1, 3), "4.1": range(1, 4), "4.2": range(1, 2),
    "4.3": range(1, 3), "4.4": range(1, 5), "5.1": range(1, 2), "5.2": range(1, 4),
    "5.3": range(1, 3), "5.4": range(1, 4), "6.1": range(1, 4), "6.2": range(1, 13),
    "6.3": range(1, 5), "6.4": range(1, 5), "6.5": range(1, 6), "6.6": range(1, 4),
    "6.8": range(1, 5), "7.1": range(1, 4), "7.2": range(1, 5), "7.3": range(1, 3),
    "7.4": range(1, 6), "7.5": range(1, 3), "7.6": range(1, 3), "8.1": range(1, 3),
    "8.2": range(1, 4), "8.3": range(1, 2), "8.4": range(1, 2), "9.1": range(1, 4),
    "9.2": range(1, 5), "11.1": range(1, 3), "11.2": range(1, 4), "11.3": range(1, 4),
    "11.4": range(1, 5), "11.5": range(1, 2), "11.6": range(1, 2), "12.1": range(1, 4),
    "12.2": range(1, 3), "12.3": range(1, 5), "13.1": range(1, 2), "13.2": range(1, 6),
    "13.3": range(1, 3), "13.4": range(1, 6), "14.1": range(1, 3), "14.2": range(1, 5),
    "14.3": range(1, 4), "15.1": range(1, 4), "15.2": range(1, 4), "15.3": range(1, 8),
    "16.1": range(1, 2), "16.2": range(1, 6), "16.3": range(1, 5), "16.4": range(1, 4),
    "16.5": range(1, 4),
}  # fmt: skip


def rows() -> list[list[str]]:
    """Number, what, state and why of each line."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines
             if re.match(r"\| \d", line)]  # fmt: skip
    assert all(len(row) == 4 for row in cells), [row for row in cells if len(row) != 4]
    return cells


@cache
def names_in(path: str) -> set[str]:
    """The names of the tests of a file."""
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_requirement_has_its_line_once():
    wanted = {f"{section}.{n}" for section, numbers in WANTED.items() for n in numbers}
    named = [number for number, *_ in rows() if "–" not in number]
    assert set(named) == wanted
    assert len(named) == len(set(named))


def test_every_line_has_a_state_and_a_test_or_a_reason():
    for number, what, state, why in rows():
        assert what, number
        assert state in STATES, number
        assert why or state == "none", number


def test_every_test_that_is_named_is_there():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 120
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


def test_every_place_that_is_named_is_there():
    text = PAGE.read_text(encoding="utf-8")
    files = {name for name in re.findall(r"`([\w./-]+/[\w./-]+)`", text) if "::" not in name}
    places = {name for name in files if not name.startswith("/")}
    assert [name for name in places if not (ROOT / name).exists()] == []
    links = re.findall(r"\]\(([\w./]+)(?:#([\w-]+))?\)", text)
    for file, anchor in links:
        target = PAGE.parent / file
        heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
        anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors, f"{file}#{anchor}"
