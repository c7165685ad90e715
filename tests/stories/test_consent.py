"""Nobody is published anew against their word, and a page says when it may be out of date."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from stories.models import Consent, Defender
from tests.factories import make_defender
from tests.stories.desk import complaints, fill, save

pytestmark = pytest.mark.django_db
ALL = {"covers_name": True, "covers_story": True}


def day(number: int):
    """A day so many days from today."""
    return timezone.now().date() + timedelta(days=number)


def make_consent(defender: Defender, **wish: object) -> Consent:
    """A consent that covers what a profile needs."""
    defaults = {"given_by": "self", "given_on": day(-100)}
    return Consent.objects.create(defender=defender, **defaults | ALL | wish)


def make_draft(**wish: object) -> Defender:
    """A profile that is not published yet."""
    return make_defender(status="draft", published_at=None, **wish)


def publish(desk, defender: Defender, **more: object) -> list[str]:
    """Try to; returns what the form could not take."""
    address = f"/admin/stories/defender/{defender.pk}/change/"
    response = fill(desk, address, status="published", **more)
    return complaints(response) if response.status_code == 200 else []


def is_public(defender: Defender) -> bool:
    """Whether readers see the profile."""
    return Defender.objects.published().filter(pk=defender.pk).exists()


@pytest.mark.parametrize(
    "wish",
    [{"withdrawn_on": day(0)}, {"withdrawn_on": day(-9)}, {"until": day(-1)},
     {"covers_story": False}, {"covers_name": False}]
)  # fmt: skip
def test_without_a_consent_that_holds_a_profile_is_not_published(desk, wish):
    defender = make_draft()
    make_consent(defender, **wish)
    assert any("consent" in sentence for sentence in publish(desk, defender))
    assert not is_public(defender)


@pytest.mark.parametrize("wish", [{}, {"until": day(0)}, {"withdrawn_on": day(1)}])
def test_with_one_it_is(desk, wish):
    defender = make_draft()
    make_consent(defender, withdrawn_on=day(-50), given_on=day(-300))
    make_consent(defender, **wish)
    assert publish(desk, defender) == []
    assert is_public(defender)


def test_who_has_another_name_on_the_page_need_not_agree_to_the_name(desk):
    defender = make_draft(is_pseudonym=True)
    make_consent(defender, covers_name=False)
    assert publish(desk, defender) == []


def test_a_consent_entered_together_with_the_profile_counts(desk):
    defender = make_draft(risk_level="hidden")
    given = {"given_by": "family", "given_on": "2026-11-01",
             "covers_name": "on", "covers_story": "on"}  # fmt: skip
    answers = {f"consents-0-{name}": value for name, value in given.items()}
    assert publish(desk, defender, **answers) == []
    assert is_public(defender)


def test_who_is_hidden_is_published_only_with_a_consent(desk):
    defender = make_draft(risk_level="hidden")
    assert publish(desk, defender)
    assert publish(desk, make_draft(risk_level="public")) == []


def test_a_public_profile_can_be_corrected_when_a_consent_has_ended(desk):
    defender = make_defender()
    make_consent(defender, until=day(-1))
    address = f"/admin/stories/defender/{defender.pk}/change/"
    save(desk, address, summary="A lawyer, and more.")
    save(desk, address, status="draft")
    assert publish(desk, defender)


def test_editors_find_whose_consent_has_ended(desk):
    ended, holds = make_defender(name="Ended"), make_defender(name="Holds")
    make_defender(name="Public")
    make_defender(name="Hidden", risk_level="hidden")
    make_consent(ended, until=day(-1))
    make_consent(ended, withdrawn_on=day(-3))
    make_consent(holds, until=day(-1))
    make_consent(holds)
    found = Defender.objects.without_consent()
    assert {defender.name for defender in found} == {"Ended", "Hidden"}
    page = desk.get("/admin/stories/defender/?look=consent").content.decode()
    assert "Ended</a>" in page
    assert "Holds</a>" not in page


# --- Pages that may be out of date ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "is_checked"),
    [({"condition_confirmed_on": day(-90)}, False), ({"condition_confirmed_on": day(-91)}, True),
     ({"review_by": day(0)}, False), ({"review_by": day(-1)}, True),
     ({"condition": "killed", "condition_confirmed_on": day(-900)}, False)]
)  # fmt: skip
def test_a_profile_says_when_it_may_be_out_of_date(client, wish, is_checked):
    defender = make_defender(**{"condition_confirmed_on": day(-1)} | wish)
    page = client.get(defender.get_absolute_url()).content.decode()
    assert ("We are checking this" in page) is is_checked
    assert Defender.objects.due().filter(pk=defender.pk).exists() is is_checked


def test_editors_find_them_in_a_list(desk):
    make_defender(name="Old", condition_confirmed_on=day(-91))
    make_defender(name="Fresh", condition_confirmed_on=day(-1))
    page = desk.get("/admin/stories/defender/?look=due").content.decode()
    assert "Old</a>" in page
    assert "Fresh</a>" not in page


def test_a_changed_name_is_said_to_be_one(client):
    words = "Name changed for safety"
    assert words in client.get(make_defender(is_pseudonym=True).get_absolute_url()).content.decode()
    assert words not in client.get(make_defender().get_absolute_url()).content.decode()


def test_what_only_editors_may_know_stands_on_no_page(client):
    defender = make_defender(risk_level="hidden", review_by="2031-07-19")
    make_consent(defender, kept_at="Qx-safe, folder 12", given_by="lawyer", until="2032-08-20")
    for address in (defender.get_absolute_url(), "/defenders/", "/", "/countries/ir/"):
        page = client.get(address).content.decode()
        for secret in ("Qx-safe", "2031", "2032", "consent"):
            assert secret not in page, address


def test_no_model_knows_a_place_more_closely_than_by_name():
    exact = ("lat", "lon", "lng", "latitude", "longitude", "coordinates", "point", "address_line")
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            assert not isinstance(field, models.FloatField), f"{model.__name__}.{field.name}"
            assert field.name not in exact
            assert not field.name.endswith(("_lat", "_lon", "_lng", "_point"))
