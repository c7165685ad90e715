"""Days are written as in the language of the reader, and figures of any script can be typed."""

from datetime import date, datetime

import pytest
from django.conf import settings
from django.template import engines
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from stories import figures
from stories.evidence import Precision

FIRST, LATER = date(2026, 3, 1), date(2026, 11, 21)

# By language: a day, a month alone, a day of this year, a year alone.
WRITTEN = {
    "en": ("21 November 2026", "November 2026", "21 November", "2026"),
    "fr": ("21 novembre 2026", "novembre 2026", "21 novembre", "2026"),
    "es": ("21 de noviembre de 2026", "noviembre de 2026", "21 de noviembre", "2026"),
    "ru": ("21 ноября 2026", "ноябрь 2026", "21 ноября", "2026"),
    "ar": ("21 نوفمبر 2026", "نوفمبر 2026", "21 نوفمبر", "2026"),
    "zh-hans": ("2026年11月21日", "2026年11月", "11月21日", "2026年"),
    "he": ("21 בנובמבר 2026", "נובמבר 2026", "21 בנובמבר", "2026"),
    "fa": ("۲۱ نوامبر ۲۰۲۶", "نوامبر ۲۰۲۶", "۲۱ نوامبر", "۲۰۲۶"),
}
FORMATS = ("DATE_FORMAT", "YEAR_MONTH_FORMAT", "MONTH_DAY_FORMAT", "YEAR_FORMAT")


def test_every_language_of_the_site_is_looked_at():
    assert set(WRITTEN) == {code for code, _name in settings.LANGUAGES}


@pytest.mark.parametrize("language", WRITTEN)
def test_days_are_written_as_in_the_language_of_the_reader(language):
    with translation.override(language):
        assert tuple(figures.day(LATER, form) for form in FORMATS) == WRITTEN[language]


def test_the_first_of_a_month_is_an_ordinal_in_french_only():
    with translation.override("fr"):
        assert figures.day(FIRST) == "1er mars 2026"
        assert figures.day(FIRST, "MONTH_DAY_FORMAT") == "1er mars"
        assert figures.day(LATER) == "21 novembre 2026"
        assert figures.day(datetime(2026, 3, 11, 1, 0), "DATETIME_FORMAT").startswith("11 mars")
    with translation.override("es"):
        assert figures.day(FIRST) == "1 de marzo de 2026"


# By language: since a day, since a month, since a year.
SINCE = {
    "en": ("1 March 2026", "March 2026", "2026"),
    "fr": ("le 1er mars 2026", "mars 2026", "2026"),
    "es": ("el 1 de marzo de 2026", "marzo de 2026", "2026"),
    "ru": ("1 марта 2026", "марта 2026", "2026 года"),
    "zh-hans": ("2026年3月1日", "2026年3月", "2026年"),
    "he": ("ה־1 במרץ 2026", "מרץ 2026", "2026"),
}


@pytest.mark.parametrize("language", SINCE)
def test_after_since_a_day_has_its_article_and_a_month_its_case(language):
    with translation.override(language):
        since = tuple(figures.day(FIRST, known.since_format) for known in Precision)
    assert since == SINCE[language]


def rendered(template: str, **what: object) -> str:
    return engines["django"].from_string(template).render(what)


def test_templates_write_days_for_people_and_for_machines():
    words = '{{ day|date:"Y-m-d" }} {{ day|date:"Y" }} {{ day|date:"YEAR_FORMAT" }} {{ day|date }}'
    with translation.override("fa"):
        assert rendered(words, day=LATER) == "2026-11-21 2026 ۲۰۲۶ ۲۱ نوامبر ۲۰۲۶"
        assert rendered('[{{ day|date:"DATE_FORMAT" }}]', day=None) == "[]"


def test_identifiers_stay_as_machines_read_them():
    with translation.override("fa"):
        assert rendered('<p id="number-{{ n }}">{{ n|figures }}', n=12) == '<p id="number-12">۱۲'


def test_what_was_safe_stays_safe_and_nothing_else_becomes_so():
    with translation.override("fa"):
        assert isinstance(figures.written(mark_safe("<b>1</b>")), SafeString)
        assert rendered("{{ words|figures }}", words="<b>1") == "&lt;b&gt;۱"


@pytest.mark.parametrize("typed", ["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "০১২৩৪৫৬৭৮৯", "0123456789"])
def test_figures_of_any_script_can_be_typed(typed):
    assert figures.western(typed) == "0123456789"


def test_what_is_no_figure_stays_as_it_was_typed():
    assert figures.western("ab-² 四 ½") == "ab-² 四 ½"
