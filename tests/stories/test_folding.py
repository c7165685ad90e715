"""Spellings that count as one word, and those that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stories.folding import fold, places, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zúñiga Cáceres", "zuniga caceres"), ("Łódź", "lodz"), ("Straße", "STRASSE"),
     ("Алёна", "алена"), ("Київ", "КИЇВ"), ("مُحَمَّد", "محمد"), ("محمـــد", "محمد"),
     ("نرگس محمدی", "نرگس محمدي"), ("ایران", "إيران"), ("کابل", "كابل"), ("می‌خواهم", "میخواهم"),
     ("שָׁלוֹם", "שלום"), ("۱۴۰۱", "1401"), ("ＡＢＣ", "abc"), ("İstanbul", "istanbul"),
     ("Nguyễn", "nguyen"), ("Cox’s Bazar", "cox's bazar")]
)  # fmt: skip
def test_spellings_of_one_word_are_one(one, other):
    assert fold(one) == fold(other)


def test_a_folded_text_has_one_space_before_and_behind_each_word():
    assert fold("  “Free Narges!”, they\nsaid… ") == " free narges they said "
    assert fold("") == fold("!?") == " "


def test_where_no_spaces_are_written_each_letter_stands_alone():
    assert fold("2019年中国人权") == " 2019 年 中 国 人 权 "


def test_terms_begin_words_but_for_scripts_that_glue_words():
    assert terms("Free narges-mohammadi") == [" free", " narges mohammadi"]
    assert terms("人权 محمد שלום") == [" 人 权", "محمد", "שלומ"]
    assert terms("של") == [" של"]
    assert terms(" !! free FREE ") == [" free"]


def test_places_are_those_of_the_text_as_it_is_written():
    text = "Berta Zúñiga, Zuniga"
    assert [text[a:b] for a, b in places(text, [" zun"])] == ["Zúñ", "Zun"]
    assert [text[a:b] for a, b in places(text, [" berta zuniga"])] == ["Berta Zúñiga"]
    assert places(text, [" nobody"]) == []


def test_places_that_overlap_are_one():
    assert places("prisoners", [" prison", " prisoner"]) == [(0, 8)]


@given(st.text(max_size=60))
def test_whatever_is_written_its_places_lie_within(text):
    assert fold(fold(text)) == fold(text)
    for word in fold(text).split()[:3]:
        for begin, end in places(text, [word]):
            assert 0 <= begin < end <= len(text)
