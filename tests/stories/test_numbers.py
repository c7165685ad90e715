"""A number is written as one would say it, and never more exactly than it is known."""

from decimal import Decimal

import pytest
from django.utils import translation

from stories.templatetags.numbers import filesizeformat, grouped, percent, spoken


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (281, "281"), (8214, "8,214"), (1_168_000, "1,168,000"), (Decimal("281.00"), "281"),
     (Decimal("2.50"), "2.5"), (Decimal("0.05"), "0.05"), (Decimal("100.00"), "100"),
     (Decimal("1234567.50"), "1,234,567.5"), (Decimal("999999999999.00"), "999,999,999,999")]
)  # fmt: skip
def test_long_numbers_are_grouped_and_lose_empty_decimals(value, written):
    assert grouped(value) == written


@pytest.mark.parametrize(
    ("value", "said"),
    [(999_999, "999,999"), (1_000_000, "1 million"), (1_300_000, "1.3 million"),
     (1_250_000, "1,250,000"), (1_168_000, "1,168,000"), (Decimal("138000000.00"), "138 million"),
     (117_300_000, "117.3 million"), (2_400_000_000, "2.4 billion"),
     (2_450_000_000, "2,450,000,000")]
)  # fmt: skip
def test_millions_are_spoken_only_where_that_loses_nothing(value, said):
    assert spoken(value) == said


def test_numbers_are_written_as_in_the_language_of_the_reader():
    with translation.override("de"):
        assert grouped(8214) == "8.214"
        assert spoken(117_300_000).replace("\u00a0", " ") == "117,3 Millionen"


def test_in_a_language_that_nobody_knows_they_are_written_as_in_english():
    with translation.override("xx"):
        assert spoken(138_000_000) == "138 million"


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "138 millions"), ("es", "138 millones"), ("ru", "138 миллионов"), ("ar", "138 مليون"),
     ("zh-hans", "1.38亿"), ("he", "\u200f138 מיליון"), ("fa", "۱۳۸ میلیون")]
)  # fmt: skip
def test_millions_are_spoken_in_every_language_of_the_site(language, said):
    with translation.override(language):
        assert spoken(138_000_000).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("language", "whole", "parts"),
    [("en", "1,234,567", "2.5"), ("fr", "1 234 567", "2,5"), ("es", "1 234 567", "2,5"),
     ("ru", "1 234 567", "2,5"), ("ar", "1,234,567", "2.5"), ("zh-hans", "1,234,567", "2.5"),
     ("he", "1,234,567", "2.5"), ("fa", "۱٬۲۳۴٬۵۶۷", "۲٫۵")]
)  # fmt: skip
def test_figures_groups_and_decimals_are_those_of_the_language(language, whole, parts):
    with translation.override(language):
        assert grouped(1_234_567).replace("\u00a0", " ") == whole
        assert grouped(Decimal("2.50")) == parts


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "75%"), ("fr", "75 %"), ("es", "75 %"), ("ru", "75 %"), ("ar", "75\u200e%\u200e"),
     ("zh-hans", "75%"), ("he", "75%"), ("fa", "۷۵٪")]
)  # fmt: skip
def test_the_sign_of_a_share_stands_where_the_language_puts_it(language, said):
    with translation.override(language):
        assert percent(Decimal("75.00")).replace("\u00a0", " ") == said


def test_how_large_a_file_is_stands_in_the_figures_of_the_language():
    with translation.override("fa"):
        assert filesizeformat(33_000).startswith("۳۲٫۲")
