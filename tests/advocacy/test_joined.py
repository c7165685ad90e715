"""The parts of the style are one file where it is served, and so are the small scripts."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from advocacy import joined

pytestmark = pytest.mark.once

# What is no part of the site's pages.
ALONE = {"admin", "lite", "styleguide"}


def test_every_style_sheet_is_a_part_or_stands_alone():
    there = {file.stem for file in (joined.SOURCES / "css").glob("*.css")}
    assert there - ALONE == {*joined.PARTS, joined.FOR_PAPER}


def test_the_parts_stand_in_their_order_and_paper_last():
    text = joined.styles()
    parts = [(joined.SOURCES / f"css/{part}.css").read_text() for part in joined.PARTS]
    assert text.startswith("".join(parts))
    assert "@media print {" in text[len("".join(parts)) :]
    assert text.count("{") == text.count("}")


def test_a_page_asks_for_one_style_sheet(client, db):
    page = client.get("/").content.decode()
    assert page.count('rel="stylesheet"') == 1
    assert finders.find(joined.STYLES).endswith(joined.STYLES)


def test_a_part_that_has_changed_is_in_it_at_once(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    styles = tmp_path / "css"
    styles.mkdir()
    for part in (*joined.PARTS, joined.FOR_PAPER):
        (styles / f"{part}.css").write_text(f".{part} {{ color: red }}\n")
    monkeypatch.setattr(joined, "SOURCES", tmp_path)
    finder = joined.Joined()
    assert ".tokens" in Path(finder.find(joined.STYLES)).read_text()
    (styles / "base.css").write_text(".new { color: red }\n")
    assert ".new" in Path(finder.find(joined.STYLES)).read_text()
    assert finder.find("css/base.css") == []


def test_what_a_page_of_readers_asks_for_is_in_the_one_script():
    text = joined.script()
    for element in joined.ELEMENTS:
        assert f'customElements.define("{element}"' in text
    pages = [*(joined.SOURCES.parent / "templates").rglob("*.html")]
    asked = {src for page in pages for src in re.findall(r'static "(js/[^"]*)"', page.read_text())}
    assert asked == {joined.SCRIPT, "js/proof-of-work.js"}


def test_they_are_collected_small_with_a_hash_its_font_and_its_drawing(collected):
    [file] = (collected / "css").glob("site.????????????.css")
    text = file.read_text()
    assert 'url("../fonts/display.' in text
    assert 'url("../img/people.' in text
    assert "/people.svg" not in text  # without a hash
    assert len(file.with_name(f"{file.name}.br").read_bytes()) < 14_000
    [script] = (collected / "js").glob("site.????????????.js")
    assert len(script.with_name(f"{script.name}.br").read_bytes()) < 4000
