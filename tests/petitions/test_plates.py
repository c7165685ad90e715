"""The page behind a letter is made once for all whose page reads the same, and is nobody else's."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from petitions import signing
from petitions.models import Letter, Signature
from petitions.views import plates
from stories import generation, withdrawal
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    make_subscription,
    sign,
    signature_of,
    token_for,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kept(settings):
    """Pages are kept for a minute, and nothing was kept before."""
    settings.PAGE_CACHE_SECONDS = 60
    plates._plates.clear()


def path_to(token: str, prefix: str = "") -> str:
    return prefix + reverse("petitions:signature", args=[token])


def path_of(signature: Signature) -> str:
    return path_to(token_for(signature))


def page_of(client, signature: Signature, prefix: str = "") -> str:
    """Somebody's page, with a word in place of their token."""
    token = token_for(signature)
    return client.get(path_to(token, prefix)).content.decode().replace(token, "(token)")


def made_anew(client, settings, signature: Signature, prefix: str = "") -> str:
    """The same page as if nothing were ever kept."""
    seconds, settings.PAGE_CACHE_SECONDS = settings.PAGE_CACHE_SECONDS, 0
    try:
        return page_of(client, signature, prefix)
    finally:
        settings.PAGE_CACHE_SECONDS = seconds


def people(count: int, petition=None, **wish: object) -> list[Signature]:
    petition = petition or make_petition()
    return [make_signature(petition, f"person{n}@example.org", **wish) for n in range(count)]


def test_the_second_who_looks_costs_one_question_and_reads_the_same(
    client, django_assert_max_num_queries
):
    mira, sam = people(2)
    first = page_of(client, mira)
    questions = 1 if connection.vendor == "postgresql" else 3
    with django_assert_max_num_queries(questions):
        second = page_of(client, sam)
    assert first == second
    assert "(token)" in second
    assert "One press and your signature counts" in second


def test_each_has_their_own_links_and_no_plate_has_a_token(client):
    mira, sam = people(2)
    tokens = [token_for(one) for one in (mira, sam)]
    pages = [client.get(path_to(token)).content.decode() for token in tokens]
    for page, own, other in zip(pages, tokens, reversed(tokens), strict=True):
        assert f"/signatures/{own}/confirm/" in page
        assert f"/fr/signatures/{own}/" in page  # in other languages, too
        assert other not in page
    (plate,) = plates._plates.values()
    for token in tokens:
        assert not any(part.encode() in plate.body for part in token.split(":") if len(part) > 5)


def _pending(petition):
    return make_signature(petition)


def _counted(petition):
    signature = make_signature(petition)
    confirm(signature)
    return signature


def _counted_only(petition):
    signature = make_signature(petition, level="count")
    confirm(signature)
    return signature


def _shown(petition):
    signature = make_signature(petition, level="public", shown_name="Mira")
    confirm(signature)
    return signature


def _wishing(petition):
    sign(petition, wants_updates=True)
    return signature_of(petition)


def _subscribed(petition):
    signature = _counted(petition)
    make_subscription(petition)
    return signature


def _unreachable(petition):
    signature = _counted(petition)
    subscription = make_subscription(petition)
    subscription.undeliverable_on = timezone.now().date()
    subscription.save()
    return signature


def _at_risk(petition):
    signature = make_signature(petition, country="IR")
    petition.countries_at_risk = ["IR"]
    petition.save()
    confirm(signature)
    return signature


def _held(petition):
    signature = _counted(petition)
    Signature.objects.update(standing="held", standing_reason="review")
    return signature


def _closed(petition):
    signature = make_signature(petition)
    type(petition).objects.update(closes_at=timezone.now() - timedelta(days=30))
    return signature


KINDS = [_pending, _counted, _counted_only, _shown, _wishing, _subscribed, _unreachable, _at_risk,
         _held, _closed]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "/ar", "/lite"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_kept_reads_as_what_is_made_anew(client, settings, kind, prefix):
    # Others, of all kinds, have looked before, so that their pages could be taken for this one.
    for other in KINDS:
        page_of(client, other(make_petition()), prefix)
    petition = make_petition()
    for other in (_pending, _counted, _counted_only, _shown):
        page_of(client, other(petition), prefix)
        Letter.objects.all().delete()
        Signature.objects.filter(petition=petition).delete()
    signature = kind(petition)
    generation.advance()  # _closed and _at_risk write past it
    anew = made_anew(client, settings, signature, prefix)
    assert page_of(client, signature, prefix) == anew  # made and kept
    assert page_of(client, signature, prefix) == anew  # as it was kept


def test_whoever_presses_sees_at_once_that_they_count(client):
    mira, sam = people(2)
    for one in (mira, sam):
        assert "One press" in page_of(client, one)
        answer = client.post(path_of(one) + "confirm/", follow=True)
        assert "Your signature counts" in answer.content.decode()


def test_an_edit_shows_at_once(client):
    (mira,) = people(1)
    page_of(client, mira)
    petition = mira.petition
    petition.title = "Free Ana, now"
    petition.save()
    generation.advance()
    assert "Free Ana, now" in page_of(client, mira)


def test_a_petition_that_is_taken_down_is_gone_from_there_at_once(client):
    (mira,) = people(1)
    title = mira.petition.title
    assert title in page_of(client, mira)
    assert withdrawal.withdraw(mira.petition, "danger", "tomas")
    assert title not in page_of(client, mira)
    assert "taken down" in page_of(client, mira)


def test_what_comes_behind_a_question_mark_is_in_nobody_elses_page(client):
    mira, sam = people(2)
    assert "from=a-friend" in client.get(path_of(mira) + "?from=a-friend").content.decode()
    assert "a-friend" not in page_of(client, sam)


def test_a_wrong_form_stays_with_whoever_sent_it(client):
    petition = make_petition()
    mira, sam = (_counted_only(petition), None)
    path = path_of(mira)
    wrong = client.post(path + "level/", {"level": "hand_in", "name": ""})
    assert wrong.status_code == 422
    sam = make_signature(petition, "sam@example.org", level="count")
    confirm(sam)
    assert "Please" not in page_of(client, sam).partition("Sign otherwise")[0]
    assert client.get(path_of(sam)).status_code == 200


def test_an_expired_link_is_told_so_though_others_of_its_kind_are_kept(client, settings):
    mira, sam = people(2)
    page_of(client, mira)
    long_ago = timezone.now().date() - timedelta(days=settings.CONFIRMATION_DAYS + 1)
    Signature.objects.filter(pk=sam.pk).update(signed_on=long_ago)
    assert client.get(path_of(sam)).status_code == 410


def test_a_replaced_letter_is_told_so_though_others_of_its_kind_are_kept(client):
    mira, sam = people(2)
    page_of(client, mira)
    old = path_of(sam)
    sign(sam.petition, "person1@example.org")
    assert client.get(old).status_code == 409


def test_not_more_are_kept_than_there_is_room_for(client, monkeypatch):
    monkeypatch.setattr(plates, "MOST_PLATES", 2)
    (mira,) = people(1)
    for prefix in ("", "/fr", "/es", "/ru"):
        page_of(client, mira, prefix)
    assert len(plates._plates) == 2


def test_while_the_cache_is_away_everybody_still_sees_their_page(client, monkeypatch):
    def fail(*_args, **_named):
        raise ConnectionError

    mira, sam = people(2)
    monkeypatch.setattr(cache, "get", fail)
    monkeypatch.setattr("advocacy.memory_cache.MemoryCache.get", fail)
    assert page_of(client, mira) == page_of(client, sam)
    assert signing.state(mira, signing.claim_on(mira)) is None
