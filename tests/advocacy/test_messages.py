"""The interface is whole in every language: nothing left in English, nothing doubted or broken."""

import ast
import io
import re
import shutil
from collections import Counter
from string import Formatter

import pytest
from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils.translation import to_locale

from scripts import messages

pytestmark = pytest.mark.once

LOCALES = messages.LOCALES
TAGS = re.compile(r"</?[a-z][^<>]*>|&[a-z]+;")
RAW_NUMBER = re.compile(r"%(?:\(\w+\))?d")
NAMES_WITH_FIGURES = re.compile(r"SHA-256|ISO 3166|</?h[1-6]>|%\(\w+\)s")
PERCENT = re.compile(r"%(?:\((\w+)\))?[sd]")


def both_sides(locale: str):
    """Each message that has words: its forms in English, its forms in the language."""
    for message in messages.read(messages.source(locale)):
        if message.id:
            pair = [s if isinstance(s, tuple) else (s,) for s in (message.id, message.string)]
            yield message, *pair


def _forms(words: str | list | tuple) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def blanks(text: str) -> set[str]:
    """What is filled in when the message is shown."""
    found = {match[0] for match in PERCENT.finditer(text)}
    if not found and "{" in text:
        found = {name for _, name, _, _ in Formatter().parse(text) if name}
    return found


def test_every_language_of_the_site_has_its_messages():
    offered = {to_locale(code) for code, _name in settings.LANGUAGES if code != "en"}
    assert offered == set(LOCALES)
    assert len(offered) == 7


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_translated_and_none_is_doubted(locale):
    waiting = [
        english for message, english, _ in both_sides(locale) if not messages.is_done(message)
    ]
    assert waiting == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_message_has_as_many_forms_as_its_language(locale):
    catalog = messages.read(messages.source(locale))
    wrong = [
        english
        for message, english, forms in both_sides(locale)
        if len(forms) != (catalog.num_plurals if len(english) > 1 else 1)
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_filled_in_has_its_place(locale):
    wrong = []
    for message, english, forms in both_sides(locale):
        wanted = blanks(english[-1])
        for form in forms:
            # "One letter" needs no number; a form for many does.
            is_enough = blanks(form) <= wanted if len(forms) > 1 else blanks(form) == wanted
            if not is_enough:
                wrong.append((message.id, form))
        if not any(blanks(form) == wanted for form in forms):
            wrong.append((message.id, forms))
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_number_comes_into_a_message_as_words(locale):
    raw = [
        message.id for message, english, _ in both_sides(locale) if RAW_NUMBER.search(str(english))
    ]
    assert raw == [], "write it with grouped(): %d has Western figures in every language"


def test_figures_in_persian_messages_are_persian():
    western = [
        form
        for _, _, forms in both_sides("fa")
        for form in forms
        if re.search("[0-9]", NAMES_WITH_FIGURES.sub("", form))
    ]
    assert western == []


@pytest.mark.parametrize("locale", LOCALES)
def test_marks_in_a_message_stay_as_they_are(locale):
    wrong = [
        (message.id, form)
        for message, english, forms in both_sides(locale)
        for form in forms
        if Counter(TAGS.findall(form)) != Counter(TAGS.findall(english[-1]))
        or form.startswith("\n") != english[-1].startswith("\n")
        or form.endswith("\n") != english[-1].endswith("\n")
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_programs_read_is_what_translators_wrote(locale):
    path = messages.source(locale)
    read, written = (
        {
            (message.context, *_forms(message.id)): _forms(message.string)
            for message in read_mo(io.BytesIO(content))
            if message.id
        }
        for content in (path.with_suffix(".mo").read_bytes(), messages.compiled(path))
    )
    assert read == written, "make messages"
    assert read


@pytest.mark.skipif(not shutil.which("xgettext"), reason="no gettext")
def test_the_catalogues_hold_what_the_code_says_and_no_more(tmp_path):
    for name in ("advocacy", "petitions", "stories", "templates", "locale"):
        shutil.copytree(messages.ROOT / name, tmp_path / name)
    messages.collect(tmp_path)
    for locale in LOCALES:
        now, then = (
            {(m.context, m.id) for m in messages.read(messages.source(locale, root))}
            for root in (tmp_path, messages.ROOT)
        )
        assert now == then, f"make messages: {locale}"


def test_no_message_hides_in_the_middle_of_a_string():
    hidden = [
        f"{file.relative_to(messages.ROOT)}:{node.lineno}"
        for package in ("advocacy", "petitions", "stories")
        for file in (messages.ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr) and any(map(_asks_for_words, ast.walk(node)))
    ]
    assert hidden == [], "xgettext does not see these"


def _asks_for_words(node: ast.AST) -> bool:
    names = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "npgettext", "pgettext_lazy"}
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in names
