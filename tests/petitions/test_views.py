"""Pages of a petition and the steps of a signature, as a visitor meets them."""

import re
from datetime import timedelta

import pytest
from django.core import signing as django_signing
from django.urls import reverse
from django.utils import timezone

from petitions import counting, sealing, signing, tokens
from petitions.models import LedgerEntry, Letter, Signature
from tests.factories import (
    confirm,
    everything_stored,
    make_petition,
    make_signature,
    sign,
    signature_of,
    token_for,
)

pytestmark = pytest.mark.django_db

MIRA = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


def post_sign(client, petition, data=MIRA, **headers):
    return client.post(reverse("petitions:sign", args=[petition.slug]), data, **headers)


def link_of(signature):
    return reverse("petitions:signature", args=[token_for(signature)])


# --- Signing -------------------------------------------------------------------------------------


def test_mira_signs_confirms_and_is_counted(client, send_letters):
    petition = make_petition()
    answer = post_sign(client, petition)
    assert answer.status_code == 303
    assert answer.url == f"/petitions/{petition.slug}/signed/"
    assert "inbox" in client.get(answer.url).content.decode()

    text = send_letters().to("mira@example.org")[0].get_body(("plain",)).get_content()
    link = next(word for word in text.split() if "/signatures/" in word)
    path = link.removeprefix("https://testserver")
    assert f'action="{path}confirm/"' in client.get(path).content.decode()
    assert not LedgerEntry.objects.exists()

    answer = client.post(f"{path}confirm/", follow=True)
    assert answer.redirect_chain == [(path, 303)]
    assert "counts" in answer.content.decode()
    counting.count_all()
    count = client.get(reverse("petitions:count", args=[petition.slug])).json()
    assert count == {"count": 1, "goal": 10, "open": True}


def test_everybody_gets_the_same_answer(client):
    petition = make_petition()
    new = post_sign(client, petition)
    pending = post_sign(client, petition)
    confirm(signature_of(petition))
    counted = post_sign(client, petition)
    answers = [
        (a.status_code, a.content, sorted(a.headers.items())) for a in (new, pending, counted)
    ]
    assert answers[0] == answers[1] == answers[2]


def test_the_address_is_in_no_url_and_no_cookie(client):
    answer = post_sign(client, make_petition())
    assert "mira" not in answer.url
    assert not answer.cookies


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "M" * 300),
        ("name", "Mira\x07Novak"),
        ("name", "https://spam.example"),
        ("name", "<script>alert(1)</script>"),
        ("email", ""),
        ("email", "mira@"),
        ("country", "XX"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(client, field, typed):
    petition = make_petition()
    answer = post_sign(client, petition, MIRA | {field: typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert f'aria-describedby="id_{field}' in page or f"id_{field}_error" in page
    for other in MIRA.keys() - {field, "country"}:
        assert f'value="{MIRA[other]}"' in page
    assert "<script>alert" not in page
    assert not Signature.objects.exists()
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ["نرگس محمدی", "Suharto", "Mira 🕊️ Novak"])
def test_unusual_names_are_taken(client, name):
    assert post_sign(client, make_petition(), MIRA | {"name": name}).status_code == 303
    assert Signature.objects.count() == 1


def test_a_body_that_is_not_a_form_is_refused_with_a_sentence(client):
    petition = make_petition()
    url = reverse("petitions:sign", args=[petition.slug])
    answer = client.post(url, '{"name": "Mira"}', content_type="application/json")
    assert answer.status_code == 415
    assert "not a form" in answer.content.decode()


def test_a_form_from_another_site_is_refused_and_keeps_what_was_typed(client):
    petition = make_petition()
    answer = post_sign(client, petition, headers={"origin": "https://elsewhere.example"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "another website" in page
    assert 'value="Mira Novak"' in page
    assert not Signature.objects.exists()


def test_an_unknown_petition_can_not_be_signed(client):
    assert client.post("/petitions/nothing-here/sign/", MIRA).status_code == 404


def test_a_draft_can_neither_be_seen_nor_signed(client):
    petition = make_petition(status="draft")
    assert client.get(petition.get_absolute_url()).status_code == 404
    assert post_sign(client, petition).status_code == 404


def test_a_closed_petition_says_so_and_takes_nothing(client):
    petition = make_petition(
        closes_at=timezone.now() - timedelta(days=1), outcome="closed", result="<p>Handed in.</p>"
    )
    page = client.get(petition.get_absolute_url()).content.decode()
    assert "Handed in." in page
    assert 'name="email"' not in page
    answer = post_sign(client, petition)
    assert answer.status_code == 409
    assert "was not taken" in answer.content.decode()
    assert not Signature.objects.exists()


def test_looking_at_the_address_of_the_form_leads_to_the_petition(client):
    petition = make_petition()
    answer = client.get(reverse("petitions:sign", args=[petition.slug]))
    assert answer.status_code == 302
    assert answer.url == petition.get_absolute_url()


def test_without_its_keys_a_petition_says_that_nothing_was_stored(client):
    petition = make_petition()
    type(petition).objects.update(sealing_key_id="0" * 16)
    answer = post_sign(client, petition)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert 'value="mira@example.org"' in page
    assert not Signature.objects.exists()


# --- The page behind the link ---------------------------------------------------------------------


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
    answer = client.post(url, {"email": "MIRA@example.org", "code": code.lower()}, follow=True)
    assert "Your signature counts" in answer.content.decode()
    client.post(url, {"email": "mira@example.org", "code": code})
    assert LedgerEntry.objects.count() == 1


def test_a_wrong_code_says_the_same_to_everybody_and_confirms_nothing(client):
    petition = make_petition()
    make_signature(petition)
    url = reverse("petitions:enter_code", args=[petition.slug])
    pages = []
    for email in ("mira@example.org", "sam@example.org"):
        answer = client.post(url, {"email": email, "code": "ABCD-EFGH"})
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
    assert client.post(url, {"email": "mira@example.org", "code": older}).status_code == 422


@pytest.mark.parametrize("code", ["", "A" * 50, "A\x00B"])
def test_what_is_no_code_gets_a_sentence_and_the_address_is_kept(client, code):
    url = reverse("petitions:enter_code", args=[make_petition().slug])
    answer = client.post(url, {"email": "mira@example.org", "code": code})
    assert answer.status_code == 422
    assert 'value="mira@example.org"' in answer.content.decode()


def test_mira_is_counted_without_a_name(client, keys):
    petition = make_petition()
    assert (
        post_sign(client, petition, {"level": "count", "email": MIRA["email"]}).status_code == 303
    )
    signature = signature_of(petition)
    assert sealing.unseal(signature.sealed_box, keys) == {}
    confirm(signature)
    page = client.get(link_of(signature)).content.decode()
    assert "No name and no address of yours is kept" in page


def test_mira_has_her_name_erased_and_goes_on_counting(client, keys):
    petition = make_petition()
    signature = make_signature(petition)
    confirm(signature)
    url = link_of(signature)
    assert f'action="{url}erase-name/"' in client.get(url).content.decode()
    answer = client.post(url + "erase-name/", follow=True)
    assert answer.redirect_chain == [(url, 303)]
    assert "erase-name" not in answer.content.decode()
    assert sealing.unseal(signature_of(petition).sealed_box, keys) == {}
    assert LedgerEntry.objects.count() == 1


def test_where_the_key_is_missing_no_name_is_said_to_be_erased(client):
    petition = make_petition()
    signature = make_signature(petition)
    confirm(signature)
    type(petition).objects.update(sealing_key_id="0" * 16)
    assert client.post(link_of(signature) + "erase-name/").status_code == 503
    assert signature_of(petition).level == "hand_in"


def test_who_signs_from_a_country_at_risk_is_advised_and_loses_nothing(client):
    petition = make_petition(countries_at_risk=["IR"])
    answer = post_sign(client, petition, MIRA | {"country": "IR", "level": "hand_in"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "punished" in page
    assert re.search(r'value="count"[^>]*checked', page)
    assert 'value="Mira Novak"' in page
    assert not Signature.objects.exists()
    again = MIRA | {"country": "IR", "level": "count", "is_advised": "1"}
    assert post_sign(client, petition, again).status_code == 303


def test_a_petition_that_takes_no_names_shows_no_field_for_one(client):
    petition = make_petition(takes_names=False)
    assert 'name="name"' not in client.get(petition.get_absolute_url()).content.decode()
    assert post_sign(client, petition, {"email": MIRA["email"]}).status_code == 303
    assert signature_of(petition).level == "count"


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
    answers = [client.post(url, {"email": e}) for e in ("mira@example.org", "sam@example.org")]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].url == answers[1].url
    assert client.get(answers[0].url).status_code == 200


def test_the_link_can_be_asked_for_after_closing(client, send_letters):
    petition = make_petition()
    confirm(make_signature(petition))
    petition.closes_at = timezone.now() - timedelta(days=99)
    petition.save()
    client.post(reverse("petitions:lost_link", args=[petition.slug]), {"email": "MIRA@example.org"})
    assert len(send_letters().mails) == 1


@pytest.mark.parametrize("email", ["", "mira", "m" * 300 + "@example.org"])
def test_asking_for_the_link_with_no_address_gets_a_sentence(client, email):
    petition = make_petition()
    url = reverse("petitions:lost_link", args=[petition.slug])
    answer = client.post(url, {"email": email})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize("act", ["", "confirm/", "withdraw/", "erase-name/"])
def test_a_tampered_or_foreign_link_is_unknown(client, act):
    signature = make_signature(make_petition())
    good = token_for(signature)
    foreign = tokens.make("another purpose", signing.claim_on(signature))
    for token in (good[:-2] + "xx", foreign, "42", "x" * 500):
        url = f"/signatures/{token}/{act}"
        answer = client.post(url) if act else client.get(url)
        assert answer.status_code == 404
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("act", ["", "confirm/", "withdraw/", "erase-name/"])
def test_an_expired_link_says_so(client, act, monkeypatch):
    signature = make_signature(make_petition())
    url = link_of(signature) + act
    later = django_signing.time.time() + 15 * 24 * 3600
    monkeypatch.setattr(django_signing.time, "time", lambda: later)
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


# --- Petition pages -------------------------------------------------------------------------------


def test_a_petition_says_all_that_it_has_to_say(client):
    petition = make_petition(
        occasion="Meeting of the Assembly",
        occasion_on=timezone.now().date() + timedelta(days=30),
        occasion_place="Geneva",
        closes_at=timezone.now() + timedelta(days=20),
    )
    petition.demands.create(text="Release them.", addressee="The Ministry")
    petition.milestones.create(count=100, text="We write to the Ministry.")
    petition.partners.create(name="A Partner", url="https://example.org/", role="Lawyers")
    page = client.get(petition.get_absolute_url()).content.decode()
    for words in (
        petition.title, petition.summary, "Release them.", "The Ministry", "Geneva",
        "Meeting of the Assembly", "We write to the Ministry.", "A Partner", "<progress",
    ):  # fmt: skip
        assert words in page


def test_a_petition_page_makes_few_queries_however_much_is_on_it(
    client, django_assert_max_num_queries
):
    petition = make_petition()
    for number in range(10):
        petition.demands.create(text=f"Demand {number}", addressee="The Ministry")
        petition.milestones.create(count=10 + number)
    with django_assert_max_num_queries(10):
        client.get(petition.get_absolute_url())


def test_the_list_shows_open_petitions_before_closed_ones(client):
    closed = make_petition(closes_at=timezone.now() - timedelta(days=3), outcome="won")
    soon = make_petition(closes_at=timezone.now() + timedelta(days=3))
    later = make_petition()
    page = client.get("/petitions/").content.decode()
    assert page.index(soon.title) < page.index(later.title) < page.index(closed.title)


def test_the_list_makes_no_query_a_petition(client, django_assert_max_num_queries):
    for _ in range(8):
        make_petition()
    with django_assert_max_num_queries(6):
        client.get("/petitions/")


def test_the_count_of_an_unknown_petition_is_unknown(client):
    assert client.get("/petitions/nothing-here/count.json").status_code == 404
