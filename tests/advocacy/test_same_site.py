"""Forms of other websites: not taken, and Mira does not lose what she typed."""

import pytest
from django.test import Client

from petitions.models import LedgerEntry, Signature
from tests.factories import everything_stored, honest, make_petition, make_signature, token_for

pytestmark = pytest.mark.django_db
FORM = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}

OURS = [
    {},
    {"origin": "http://testserver"},
    {"origin": "https://testserver"},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin", "origin": "http://testserver"},
]
FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "https://testserver.evil.example"},
    {"origin": "https://testserver:8443"},
    {"origin": "https://evil.example/testserver"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "https://testserver"},
    {"sec-fetch-site": "rubbish"},
]
BROKEN = [{"origin": "http://["}, {"origin": "http://[::1"}, {"origin": "\\\\"}, {"origin": "%"}]


def a_button(signature) -> str:
    return f"/signatures/{token_for(signature)}/confirm/"


@pytest.mark.parametrize("headers", OURS)
def test_our_own_form_is_taken(client, headers):
    petition = make_petition()
    response = client.post(f"{petition.get_absolute_url()}sign/", FORM | honest(), headers=headers)
    assert response.status_code == 303
    assert Signature.objects.count() == 1


@pytest.mark.parametrize("headers", OURS)
def test_our_own_button_is_taken(client, headers):
    response = client.post(a_button(make_signature(make_petition())), headers=headers)
    assert response.status_code == 303
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("headers", FOREIGN + BROKEN)
def test_a_foreign_form_is_not_taken_and_keeps_what_was_typed(client, headers):
    petition = make_petition()
    response = client.post(f"{petition.get_absolute_url()}sign/", FORM | honest(), headers=headers)
    assert response.status_code == 403
    page = response.content.decode()
    for words in ('value="Mira Novak"', 'value="mira@example.org"', '<option value="DE" selected>',
                  "This form was sent by another website, so we did not take it."):  # fmt: skip
        assert words in page
    assert not Signature.objects.exists()


@pytest.mark.parametrize("headers", FOREIGN + BROKEN)
def test_a_foreign_button_confirms_nothing(client, headers):
    signature = make_signature(make_petition())
    before = everything_stored()
    response = client.post(a_button(signature), headers=headers)
    assert response.status_code == 403
    assert b"This form came from another website" in response.content
    assert everything_stored() == before


def test_a_foreign_form_without_a_word_in_it_stores_nothing_either(client):
    petition = make_petition()
    foreign = {"sec-fetch-site": "cross-site"}
    response = client.post(f"{petition.get_absolute_url()}sign/", headers=foreign)
    assert response.status_code == 403
    assert not Signature.objects.exists()


def test_what_a_foreign_form_typed_is_escaped(client):
    petition = make_petition()
    form = FORM | {"name": '"><script>alert(1)</script>'}
    foreign = {"sec-fetch-site": "cross-site"}
    response = client.post(f"{petition.get_absolute_url()}sign/", form, headers=foreign)
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("headers", FOREIGN + BROKEN)
def test_whoever_follows_a_link_from_elsewhere_may_read(client, headers):
    petition = make_petition()
    signature = make_signature(petition)
    for address in ("/", petition.get_absolute_url(), f"/signatures/{token_for(signature)}/"):
        assert client.get(address, headers=headers).status_code == 200


def test_every_other_foreign_form_is_refused_before_anything_looks_at_it(client):
    foreign = {"sec-fetch-site": "cross-site"}
    for address in ("/", "/stories/", "/petitions/"):
        assert client.post(address, headers=foreign).status_code == 403


def test_the_desk_has_its_own_guard(tomas):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(tomas)
    response = browser.post("/admin/logout/", headers={"sec-fetch-site": "same-origin"})
    assert response.status_code == 403
