"""The link in every update: one press ends them, there or in the mail program."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from petitions import subscribing
from petitions.models import Subscription
from tests.factories import (
    everything_stored,
    make_petition,
    make_signature,
    make_subscription,
    token_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stop_url():
    """Where Mira's updates say that they can be ended."""
    subscription = make_subscription(make_petition())
    return reverse("petitions:stop_by_mail", args=[subscribing.token_to_stop(subscription)])


def test_opening_the_link_to_stop_stops_nothing(client, stop_url):
    before = everything_stored()
    for method in (client.get, client.head, client.options):
        answer = method(stop_url)
    page = client.get(stop_url)
    assert f'action="{stop_url}"' in page.content.decode()
    assert page.headers["Cache-Control"] == "private, no-store"
    assert b'content="noindex"' in page.content
    assert not page.cookies
    assert answer.status_code == 405  # OPTIONS
    assert everything_stored() == before


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://mail.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
@pytest.mark.parametrize("is_multipart", [True, False])
def test_a_mail_program_stops_them_by_one_click(stop_url, headers, is_multipart):
    client = Client(enforce_csrf_checks=True)
    body = "List-Unsubscribe=One-Click"
    if is_multipart:
        answer = client.post(stop_url, {"List-Unsubscribe": "One-Click"}, headers=headers)
    else:
        kind = "application/x-www-form-urlencoded"
        answer = client.post(stop_url, body, content_type=kind, headers=headers)
    assert answer.status_code == 200  # RFC 8058 allows no redirect
    assert not Subscription.objects.exists()


def test_stopping_twice_says_the_same_friendly_thing(client, stop_url):
    answers = [client.post(stop_url), client.post(stop_url), client.get(stop_url)]
    assert all("You get no more updates" in answer.content.decode() for answer in answers)
    said = [re.search("<main.*</main>", answer.content.decode(), re.S)[0] for answer in answers]
    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("is_posted", [True, False])
def test_a_link_that_is_not_ours_is_unknown_and_stops_nothing(client, stop_url, is_posted):
    token = stop_url.split("/")[2]
    signature_token = token_for(make_signature(make_petition(), "sam@example.org"))
    for wrong in (token[:-1], "x" + token, token.replace("-", "-0", 1), signature_token):
        url = reverse("petitions:stop_by_mail", args=[wrong])
        answer = client.post(url) if is_posted else client.get(url)
        assert answer.status_code == 404
        assert "We don’t know this link" in answer.content.decode()
    assert Subscription.objects.count() == 1


def test_an_old_mail_ends_a_newer_subscription_too(client, stop_url):
    old = Subscription.objects.get()
    subscribing.unsubscribe(old.duplicate_hash)
    make_subscription(old.petition)
    client.post(stop_url)
    assert not Subscription.objects.exists()


def test_the_link_to_stop_never_grows_old(client, stop_url, monkeypatch):
    from django.core import signing as django_signing

    later = django_signing.time.time() + 4000 * 24 * 3600
    monkeypatch.setattr(django_signing.time, "time", lambda: later)
    client.post(stop_url)
    assert not Subscription.objects.exists()


def test_the_link_to_stop_ends_one_petitions_updates_only(client, stop_url):
    make_subscription(make_petition())
    client.post(stop_url)
    assert Subscription.objects.count() == 1


def test_the_link_to_stop_is_no_link_to_the_signature(client, stop_url):
    assert (
        client.get(reverse("petitions:signature", args=[stop_url.split("/")[2]])).status_code == 404
    )
