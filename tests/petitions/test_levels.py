"""How much of themselves people give, and how they change their minds about it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from petitions import counting, retention, sealing, signing
from petitions.models import LedgerEntry, Signature
from tests.factories import (
    confirm,
    honest,
    make_petition,
    make_signature,
    sign,
    signature_of,
    token_for,
)

pytestmark = pytest.mark.django_db

Level = Signature.Level
MIRA = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


def counted(level=Level.HAND_IN, **more):
    """A signature that counts, under a petition that shows names."""
    if level == Level.PUBLIC:
        more.setdefault("shown_name", "Mira")
    signature = make_signature(make_petition(shows_names=True), level=level, **more)
    confirm(signature)
    return signature


def post_level(client, signature, **form):
    return client.post(reverse("petitions:change_level", args=[token_for(signature)]), form)


def change(signature, level, **names):
    return signing.change_level(signature, signing.claim_on(signature), level=level, **names)


# --- The form -------------------------------------------------------------------------------------


def page_of(client, petition):
    return client.get(petition.get_absolute_url()).content.decode()


def test_the_form_offers_what_the_petition_allows_and_no_more(client):
    everything = page_of(client, make_petition(shows_names=True))
    for level in Level:
        assert f'value="{level}"' in everything
    assert "Everybody can see it" in everything
    two = page_of(client, make_petition())
    assert 'value="public"' not in two
    assert 'name="shown_name"' not in two
    one = page_of(client, make_petition(takes_names=False))
    assert 'name="level"' not in one
    assert 'name="name"' not in one


def test_the_hand_in_is_what_is_chosen_unless_one_chooses(client):
    page = page_of(client, make_petition(shows_names=True))
    assert page.count("checked") == 1
    assert 'value="hand_in" id="id_level_1" checked' in page or 'value="hand_in" checked' in page


def test_nobody_can_be_shown_where_the_petition_shows_no_names(client):
    petition = make_petition()
    form = MIRA | {"level": "public", "shown_name": "Mira"}
    url = reverse("petitions:sign", args=[petition.slug])
    assert client.post(url, form | honest()).status_code == 422
    assert not Signature.objects.exists()


def test_who_wants_to_be_shown_says_as_what(client):
    petition = make_petition(shows_names=True)
    url = reverse("petitions:sign", args=[petition.slug])
    answer = client.post(url, MIRA | {"level": "public"} | honest())
    assert answer.status_code == 422
    assert "first name that the page is to show" in answer.content.decode()
    client.post(url, MIRA | {"level": "public", "shown_name": "  Mira "} | honest())
    signature = signature_of(petition)
    assert sealing.unlock(signature.locked_name) == "Mira"
    assert signature.name_state == "waiting"


@pytest.mark.parametrize("level", ["hand_in", "count"])
def test_a_first_name_of_somebody_who_is_not_to_be_shown_is_not_kept(client, level):
    petition = make_petition(shows_names=True)
    url = reverse("petitions:sign", args=[petition.slug])
    client.post(url, MIRA | {"level": level, "shown_name": "Mira"} | honest())
    signature = signature_of(petition)
    assert signature.locked_name is None
    assert signature.name_state == ""


@pytest.mark.parametrize("typed", ["https://spam.example", "M" * 41, "<b>", "Mira\u202e", "..."])
def test_what_is_no_first_name_gets_a_sentence(client, typed):
    petition = make_petition(shows_names=True)
    url = reverse("petitions:sign", args=[petition.slug])
    answer = client.post(url, MIRA | {"level": "public", "shown_name": typed} | honest())
    assert answer.status_code == 422
    assert "id_shown_name_error" in answer.content.decode()


def test_signing_again_before_confirming_can_take_the_name_to_be_shown_back():
    petition = make_petition(shows_names=True)
    make_signature(petition, level=Level.PUBLIC, shown_name="Mira")
    sign(petition, level=Level.COUNT)
    assert signature_of(petition).locked_name is None


def test_nothing_typed_into_the_form_puts_a_name_to_a_signature_that_counts():
    signature = counted(Level.COUNT)
    sign(signature.petition, level=Level.PUBLIC, shown_name="Mira")
    signature.refresh_from_db()
    assert (signature.level, signature.locked_name) == (Level.COUNT, None)


# --- Changing it on the private page --------------------------------------------------------------


def test_mira_has_her_name_erased_and_goes_on_counting(client, keys):
    signature = counted(Level.PUBLIC)
    url = reverse("petitions:signature", args=[token_for(signature)])
    assert "Yes, erase my name" in client.get(url).content.decode()
    answer = client.post(f"{url}level/", {"level": "count"})
    assert (answer.status_code, answer.url) == (303, url)
    assert "Yes, erase my name" not in client.get(url).content.decode()
    signature.refresh_from_db()
    assert sealing.unseal(signature.sealed_box, keys) == {}
    assert (signature.locked_name, signature.name_state) == (None, "")
    assert LedgerEntry.objects.count() == 1


def test_sam_who_was_only_counted_gives_a_name_for_the_hand_in(client, keys):
    signature = counted(Level.COUNT, country="DE")
    assert post_level(client, signature, level="hand_in", name="Sam Weiss").status_code == 303
    signature.refresh_from_db()
    assert signature.level == Level.HAND_IN
    assert sealing.unseal(signature.sealed_box, keys) == {"name": "Sam Weiss", "country": "DE"}


def test_whoever_goes_from_the_hand_in_to_the_page_keeps_what_is_sealed(client, keys):
    signature = counted()
    before = bytes(signature.sealed_box)
    assert post_level(client, signature, level="public", shown_name="Mira").status_code == 303
    signature.refresh_from_db()
    assert bytes(signature.sealed_box) == before
    assert sealing.unlock(signature.locked_name) == "Mira"
    assert signature.name_state == "waiting"


def test_whoever_leaves_the_page_stays_in_the_hand_in(client, keys):
    signature = counted(Level.PUBLIC)
    Signature.objects.update(name_state="shown", name_decided_on=timezone.now().date())
    post_level(client, signature, level="hand_in")
    signature.refresh_from_db()
    assert (signature.locked_name, signature.name_decided_on) == (None, None)
    assert sealing.unseal(signature.sealed_box, keys)["name"] == "Mira Novak"


def test_a_first_name_that_is_changed_has_to_be_looked_at_again(client):
    signature = counted(Level.PUBLIC)
    Signature.objects.update(name_state="shown", name_decided_on=timezone.now().date())
    post_level(client, signature, level="public", shown_name="Miroslava")
    signature.refresh_from_db()
    assert sealing.unlock(signature.locked_name) == "Miroslava"
    assert signature.name_state == "waiting"


def test_a_missing_name_gets_a_sentence_and_nothing_changes(client):
    signature = counted(Level.COUNT)
    answer = post_level(client, signature, level="hand_in", name="")
    assert answer.status_code == 422
    assert "as you would sign a letter" in answer.content.decode()
    answer = post_level(client, signature, level="public", name="Mira Novak", shown_name="<")
    assert answer.status_code == 422
    assert 'value="Mira Novak"' in answer.content.decode()
    signature.refresh_from_db()
    assert signature.level == Level.COUNT


def test_what_the_petition_does_not_allow_can_not_be_chosen_later_either(client):
    signature = make_signature(make_petition())
    confirm(signature)
    assert post_level(client, signature, level="public", shown_name="Mira").status_code == 422


def test_it_can_be_changed_after_closing(client):
    signature = counted()
    signature.petition.closes_at = timezone.now() - timedelta(days=9)
    signature.petition.save()
    assert post_level(client, signature, level="count").status_code == 303


def test_twice_is_once():
    signature = counted()
    assert [change(signature, Level.COUNT) for _ in range(2)] == [True, False]


def test_before_confirming_a_box_is_not_exchanged(client):
    signature = make_signature(make_petition())
    before = bytes(signature.sealed_box)
    assert change(signature, Level.COUNT) is False
    assert post_level(client, signature, level="count").status_code == 200
    signature.refresh_from_db()
    assert bytes(signature.sealed_box) == before


def test_nobody_changes_the_signature_of_another_mailbox():
    lost = signing.claim_on(make_signature(make_petition()))
    stranger = counted()
    claim = lost._replace(signature_id=stranger.pk)
    assert signing.change_level(stranger, claim, level=Level.COUNT) is False


def test_the_link_goes_on_working_when_the_box_has_changed(client):
    signature = counted()
    token = token_for(signature)
    change(signature, Level.COUNT)
    assert client.get(reverse("petitions:signature", args=[token])).status_code == 200


def test_where_the_key_is_missing_no_name_is_said_to_be_erased(client):
    signature = counted()
    type(signature.petition).objects.update(sealing_key_id="0" * 16)
    assert post_level(client, signature, level="count").status_code == 503
    signature.refresh_from_db()
    assert signature.level == Level.HAND_IN


def test_changing_the_level_moves_no_number():
    signature = counted()
    for level, names in (
        (Level.COUNT, {}),
        (Level.PUBLIC, {"name": "Mira Novak", "shown_name": "Mira"}),
        (Level.HAND_IN, {}),
    ):
        assert change(signature, level, **names)
    counting.count_all()
    retention.forget_expired()
    assert counting.differences() == [(signature.petition.slug, 1, 1, 1, 1)]


def test_whoever_gave_a_country_at_risk_is_warned_on_the_private_page_too(client):
    signature = counted(Level.COUNT, country="IR")
    url = reverse("petitions:signature", args=[token_for(signature)])
    assert "safest" not in client.get(url).content.decode()
    type(signature.petition).objects.update(countries_at_risk=["IR"])
    assert "safest" in client.get(url).content.decode()
