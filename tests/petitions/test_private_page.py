"""The page behind the link of a letter: confirm, look, erase, take back; and ways to get there."""

import re
from datetime import timedelta

import pytest
from django.core import signing as django_signing
from django.urls import reverse
from django.utils import timezone

from petitions import counting, signing, tokens
from petitions.models import LedgerEntry, Letter, Signature
from tests.factories import (
    confirm,
    everything_stored,
    honest,
    make_petition,
    make_signature,
    sign,
    token_for,
)

pytestmark = pytest.mark.django_db

MIRA = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


def link_of(signature):
    return reverse("petitions:signature", args=[token_for(signature)])


def test_opening_the_link_changes_nothing(client):
    signature = make_signature(make_petition())
    before = everything_stored()
    for method in (client.get, client.head, client.options):
        method(link_of(signature))
    assert client.get(link_of(signature) + "confirm/").status_code == 405
    assert everything_stored() == before


def test_pressing_twice_counts_once(client):
    signature = make_signature(make_petition())
    for _ in range(2):
        answer = client.post(link_of(signature) + "confirm/", follow=True)
        assert answer.status_code == 200
    assert LedgerEntry.objects.count() == 1
    assert not Letter.objects.exists()


def test_mira_types_the_code_instead_of_opening_the_link(client, send_letters):
    petition = make_petition()
    sign(petition)
    text = send_letters().mails[0].get_body(("plain",)).get_content()
    url = reverse("petitions:enter_code", args=[petition.slug])
    assert f"https://testserver{url}" in text
    code = re.search(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", text)[0]
    answer = client.post(
        url, honest() | {"email": "MIRA@example.org", "code": code.lower()}, follow=True
    )
    assert "Your signature counts" in answer.content.decode()
    client.post(url, honest() | {"email": "mira@example.org", "code": code})
    assert LedgerEntry.objects.count() == 1


def test_a_wrong_code_says_the_same_to_everybody_and_confirms_nothing(client):
    petition = make_petition()
    make_signature(petition)
    url = reverse("petitions:enter_code", args=[petition.slug])
    pages, mark = [], honest()
    for email in ("mira@example.org", "sam@example.org"):
        answer = client.post(url, mark | {"email": email, "code": "ABCD-EFGH"})
        assert answer.status_code == 422
        pages.append(answer.content.decode().replace(email, "…"))
    assert pages[0] == pages[1]
    assert "do not belong together" in pages[0]
    assert not LedgerEntry.objects.exists()


def test_the_code_of_an_older_letter_does_not_confirm_the_newer_version(client):
    petition = make_petition()
    older = tokens.short_code(signing.claim_on(make_signature(petition)))
    sign(petition, name="Somebody Else")
    url = reverse("petitions:enter_code", args=[petition.slug])
    assert (
        client.post(url, honest() | {"email": "mira@example.org", "code": older}).status_code == 422
    )


@pytest.mark.parametrize("code", ["", "A" * 50, "A\x00B"])
def test_what_is_no_code_gets_a_sentence_and_the_address_is_kept(client, code):
    url = reverse("petitions:enter_code", args=[make_petition().slug])
    answer = client.post(url, honest() | {"email": "mira@example.org", "code": code})
    assert answer.status_code == 422
    assert 'value="mira@example.org"' in answer.content.decode()


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_mira_takes_her_signature_back(client, is_confirmed):
    petition = make_petition()
    signature = make_signature(petition)
    if is_confirmed:
        confirm(signature)
    url = link_of(signature)
    assert f'action="{url}withdraw/"' in client.get(url).content.decode()
    answer = client.post(url + "withdraw/", follow=True)
    assert answer.redirect_chain == [(f"/petitions/{petition.slug}/withdrawn/", 303)]
    assert "taken back" in answer.content.decode()
    assert not Signature.objects.exists()
    assert client.get(url).status_code == 410
    assert client.post(url + "withdraw/").status_code == 410
    counting.count_all()
    assert counting.differences() == [(petition.slug, 0, 0, 0, 0)]


def test_looking_at_the_address_of_withdrawing_withdraws_nothing(client):
    signature = make_signature(make_petition())
    for method in (client.get, client.head, client.options):
        method(link_of(signature) + "withdraw/")
    assert Signature.objects.exists()


def test_the_private_page_of_a_counted_signature_does_not_expire(client, monkeypatch):
    petition = make_petition(closes_at=timezone.now() + timedelta(days=1))
    signature = make_signature(petition)
    confirm(signature)
    url = link_of(signature)
    later = django_signing.time.time() + 400 * 24 * 3600
    monkeypatch.setattr(django_signing.time, "time", lambda: later)
    assert client.get(url).status_code == 200
    assert client.post(url + "withdraw/").status_code == 303


def test_whoever_asks_for_the_link_gets_the_same_answer(client):
    petition = make_petition()
    confirm(make_signature(petition))
    url = reverse("petitions:lost_link", args=[petition.slug])
    answers = [
        client.post(url, honest() | {"email": e}) for e in ("mira@example.org", "sam@example.org")
    ]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].url == answers[1].url
    assert client.get(answers[0].url).status_code == 200


def test_the_link_can_be_asked_for_after_closing(client, send_letters):
    petition = make_petition()
    confirm(make_signature(petition))
    petition.closes_at = timezone.now() - timedelta(days=99)
    petition.save()
    url = reverse("petitions:lost_link", args=[petition.slug])
    client.post(url, honest() | {"email": "MIRA@example.org"})
    assert len(send_letters().mails) == 1


@pytest.mark.parametrize("email", ["", "mira", "m" * 300 + "@example.org"])
def test_asking_for_the_link_with_no_address_gets_a_sentence(client, email):
    petition = make_petition()
    url = reverse("petitions:lost_link", args=[petition.slug])
    answer = client.post(url, honest() | {"email": email})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize("act", ["", "confirm/", "withdraw/", "level/"])
def test_a_tampered_or_foreign_link_is_unknown(client, act):
    signature = make_signature(make_petition())
    good = token_for(signature)
    foreign = tokens.make("another purpose", signing.claim_on(signature))
    for token in (good[:-2] + "xx", foreign, "42", "x" * 500):
        url = f"/signatures/{token}/{act}"
        answer = client.post(url) if act else client.get(url)
        assert answer.status_code == 404
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("act", ["", "confirm/", "withdraw/", "level/"])
@pytest.mark.parametrize("is_erased", [True, False])
def test_an_expired_link_says_so(client, act, is_erased, monkeypatch):
    signature = make_signature(make_petition())
    url = link_of(signature) + act
    later = django_signing.time.time() + 15 * 24 * 3600
    monkeypatch.setattr(django_signing.time, "time", lambda: later)
    Signature.objects.update(signed_on=timezone.now().date() - timedelta(days=8))
    if is_erased:
        Signature.objects.all().delete()
    answer = client.post(url) if act else client.get(url)
    assert answer.status_code == 410
    assert not LedgerEntry.objects.exists()


def test_the_link_of_an_erased_signature_says_so(client):
    signature = make_signature(make_petition())
    url = link_of(signature)
    Signature.objects.all().delete()
    assert client.get(url).status_code == 410
    assert client.post(url + "confirm/").status_code == 410


def test_the_link_of_an_older_letter_points_to_the_newer_one(client):
    petition = make_petition()
    url = link_of(make_signature(petition))
    sign(petition, name="Mira N.")
    assert client.get(url).status_code == 409
    assert client.post(url + "confirm/").status_code == 409
    assert not LedgerEntry.objects.exists()


def test_the_link_works_until_a_day_after_closing(client):
    petition = make_petition()
    url = link_of(make_signature(petition))
    petition.closes_at = timezone.now() - timedelta(hours=30)
    petition.save()
    assert client.post(url + "confirm/").status_code == 410
    petition.closes_at = timezone.now() - timedelta(hours=3)
    petition.save()
    assert client.post(url + "confirm/", follow=True).status_code == 200
    assert LedgerEntry.objects.count() == 1


def test_private_pages_are_kept_by_no_cache_and_no_search_engine(client):
    answer = client.get(link_of(make_signature(make_petition())))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert 'content="noindex' in answer.content.decode()
