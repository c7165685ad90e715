"""Countries by name, in the language of whoever reads."""

import pytest
from django.utils import translation

from stories import countries


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Germany"), ("de", "Deutschland"), ("fr", "Allemagne"), ("fa", "آلمان"),
     ("ar", "ألمانيا"), ("zh-hans", "德国"), ("pt-br", "Alemanha")]
)  # fmt: skip
def test_a_country_is_named_in_the_language_of_the_reader(language, name):
    with translation.override(language):
        assert countries.name("DE") == name


def test_a_language_that_nobody_knows_reads_english():
    with translation.override("xx"):
        assert countries.name("DE") == "Germany"


def test_without_any_language_the_names_are_english():
    with translation.override(None):
        assert countries.name("DE") == "Germany"


def test_a_code_without_a_name_stands_for_itself():
    assert countries.name("QQ") == "QQ"


def test_the_list_holds_countries_and_nothing_else():
    codes = {code for code, _ in countries.choices()}
    assert codes > {"IR", "TW", "PS", "XK", "SS", "HK", "EH", "VA"}
    assert not codes & {"EU", "UN", "EZ", "ZZ", "QO", "001", "150", "XA"}
    assert all(len(code) == 2 and code.isalpha() and code.isupper() for code in codes)


@pytest.mark.parametrize(
    ("language", "earlier", "later"),
    [("en", "AX", "ZW"), ("en", "CI", "HR"), ("de", "AT", "PK")]
)  # fmt: skip
def test_accents_do_not_send_a_country_to_the_end(language, earlier, later):
    with translation.override(language):
        codes = [code for code, _ in countries.choices()]
    assert codes.index(earlier) < codes.index(later)
