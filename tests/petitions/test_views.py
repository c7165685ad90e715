"""Pages of a petition and the steps of a signature, as a visitor meets them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from petitions import counting, integrity, sealing
from petitions.models import Block, LedgerEntry, Signature
from tests.factories import (
    confirm,
    honest,
    make_petition,
    signature_of,
    token_for,
)
from tests.stories.test_translations import put_into

pytestmark = pytest.mark.django_db

MIRA = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


def post_sign(client, petition, data=MIRA, **headers):
    form = data | honest()
    return client.post(reverse("petitions:sign", args=[petition.slug]), form, **headers)


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
    assert count == {"count": 1, "goal": 10, "open": True, "next": 10}


def test_everybody_gets_the_same_answer(client):
    petition = make_petition()
    new = post_sign(client, petition)
    pending = post_sign(client, petition)
    confirm(signature_of(petition))
    counted = post_sign(client, petition)
    integrity.hold(signature_of(petition), "tomas")
    held = post_sign(client, petition)
    Block.objects.create(domain="example.org", act=Block.Act.REFUSE)
    blocked = post_sign(client, petition, MIRA | {"email": "sam@example.org"})
    answers = [
        (a.status_code, a.content, sorted(a.headers.items()))
        for a in (new, pending, counted, held, blocked)
    ]
    assert answers == [answers[0]] * 5


def test_everybody_gets_the_same_work(client):
    petition = make_petition()
    asked = [questions_for(client, petition) for _ in range(2)]
    confirm(signature_of(petition))
    asked.append(questions_for(client, petition))
    integrity.hold(signature_of(petition), "tomas")
    asked.append(questions_for(client, petition))
    Block.objects.create(domain="example.org", act=Block.Act.REFUSE)
    asked.append(questions_for(client, petition, MIRA | {"email": "sam@example.org"}))
    assert asked == [asked[0]] * 5


def questions_for(client, petition, form=None):
    """What the database is asked while somebody signs, without the values."""
    with CaptureQueriesContext(connection) as captured:
        post_sign(client, petition, form or MIRA)
    return [re.sub(r"'[^']*'|x'[^']*'|[0-9]+", "?", q["sql"]) for q in captured.captured_queries]


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


def test_mira_is_counted_without_a_name(client, keys):
    petition = make_petition()
    assert (
        post_sign(client, petition, {"level": "count", "email": MIRA["email"]}).status_code == 303
    )
    signature = signature_of(petition)
    assert sealing.unseal(signature.sealed_box, keys) == {}
    confirm(signature)
    page = client.get(reverse("petitions:signature", args=[token_for(signature)])).content.decode()
    assert "No name and no address of yours is kept" in page


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
    # One of them: in which languages can it be read?
    with django_assert_max_num_queries(11):
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


@pytest.mark.parametrize(
    "step", ["signed", "withdrawn", "link/sent", "code", "link", "updates/asked"]
)
def test_no_device_keeps_a_page_that_only_signers_come_to(client, step):
    answer = client.get(f"{make_petition().get_absolute_url()}{step}/")
    assert answer.status_code == 200
    assert "no-store" in answer.get("Cache-Control", "")


def test_whoever_passes_on_the_page_after_signing_means_the_petition(client):
    address = make_petition(slug="let-the-doctors-work").get_absolute_url()
    for before in ("", "/ar", "/lite", "/lite/fa"):
        page = client.get(f"{before}{address}signed/").content.decode()
        whole = f"https://testserver{before.removeprefix('/lite')}{address}"
        assert f'<link rel="canonical" href="{whole}">' in page
        assert "noindex" not in page


def test_the_page_after_signing_leads_no_machine_to_a_petition_that_none_should_find(client):
    address = make_petition(visibility="not_found").get_absolute_url()
    page = client.get(f"{address}signed/").content.decode()
    assert "noindex" in page
    assert "canonical" not in page


def test_the_page_of_a_form_that_was_not_taken_is_in_the_readers_language_too(client):
    petition = make_petition()
    milestone = petition.milestones.create(count=10, text="We go.")
    put_into("fr", petition, title="Libérez-les", summary="Rien", text="<p>Rien.</p>")
    put_into("fr", milestone, text="Nous y allons.")
    address = f"/fr{petition.get_absolute_url()}"
    refused = client.post(f"{address}sign/", {"name": "", "email": ""})
    assert refused.status_code == 422
    for answer in (client.get(address), refused):
        assert "Nous y allons." in answer.content.decode()
        assert "We go." not in answer.content.decode()
