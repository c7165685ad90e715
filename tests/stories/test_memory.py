"""Numbers remember when they were checked, and what they replaced."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from stories.models import Statistic
from tests.factories import make_statistic, make_theme
from tests.stories.desk import fill, save

pytestmark = pytest.mark.django_db


def page(client):
    return client.get(reverse("stories:statistic_list")).content.decode()


def days_ago(days):
    return timezone.now().date() - timedelta(days=days)


def test_a_number_that_was_replaced_stands_beneath_the_newer_one_and_nowhere_else(client):
    theme = make_theme()
    newer = make_statistic(value=201, year=2017, theme=theme, is_featured=True)
    make_statistic(
        value=207, year=2017, source_name="The first report", note="Corrected in January 2019.",
        theme=theme, is_featured=True, superseded_by=newer,
    )  # fmt: skip
    text = page(client)
    assert text.count('class="figure"') == 1
    assert "Before, we said 207 for 2017 (The first report, 2017)." in text
    assert "Corrected in January 2019." in text
    for address in ("/", theme.get_absolute_url()):
        assert "207" not in client.get(address).content.decode()


def test_a_number_that_nobody_checked_for_two_years_says_so(client):
    number = make_statistic(checked_on=days_ago(730))
    assert "last checked" not in page(client)
    number.checked_on = days_ago(732)
    number.save()
    assert f"in {number.checked_on:%B %Y}" in page(client)


def test_an_editor_may_say_when_to_check_again(client):
    make_statistic(checked_on=days_ago(900), stale_after=days_ago(-10))
    assert "last checked" not in page(client)
    Statistic.objects.update(checked_on=days_ago(5), stale_after=days_ago(1))
    assert "last checked" in page(client)


def test_editors_find_what_is_to_be_checked_again(desk):
    make_statistic(label="old ones", checked_on=days_ago(999))
    newer = make_statistic(label="new ones", stale_after=days_ago(2))
    make_statistic(label="fresh ones")
    make_statistic(label="replaced ones", checked_on=days_ago(999), superseded_by=newer)
    address = reverse("admin:stories_statistic_changelist")
    stale = desk.get(address, {"memory": "stale"}).content.decode()
    assert [word in stale for word in ("old ones", "new ones", "fresh ones")] == [True, True, False]
    assert "replaced ones" not in stale
    assert "replaced ones" in desk.get(address, {"memory": "replaced"}).content.decode()


def test_a_number_that_another_one_rests_on_is_not_deleted():
    newer = make_statistic()
    make_statistic(superseded_by=newer)
    with pytest.raises(IntegrityError):
        newer.delete()


@pytest.mark.parametrize("field", ["year", "source_year"])
@pytest.mark.parametrize("year", [16, 0, 20160])
def test_no_number_is_published_without_a_year_of_its_own_and_of_its_source(field, year):
    with pytest.raises(IntegrityError):
        make_statistic(**{field: year})


def test_a_wrong_year_gets_a_sentence_on_the_desk(desk):
    number = make_statistic()
    address = reverse("admin:stories_statistic_change", args=[number.pk])
    assert "four digits" in fill(desk, address, year="16").content.decode()
    save(desk, address, year="2016", checked_on=str(days_ago(1)))


def test_a_number_does_not_replace_itself():
    number = make_statistic()
    number.superseded_by = number
    with pytest.raises(ValidationError, match="itself"):
        number.full_clean()
