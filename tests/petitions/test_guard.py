"""Floods and robots: who is stopped for a moment, and how people get through."""

import base64
import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.core.cache import cache, caches
from django.test import RequestFactory
from django.urls import reverse

from petitions import daily_salt, guard, networks, passes
from petitions.models import Signature
from tests.factories import (
    confirm,
    everything_stored,
    honest,
    make_petition,
    make_signature,
    signature_of,
)
from tests.petitions.flood import (
    LIMIT,
    fill,
    mark,
    petition,
    post,
    send,
    small_numbers,
    solved,
    ten_past,
    wait,
)

__all__ = ["petition", "small_numbers", "ten_past", "wait"]  # fixtures
pytestmark = pytest.mark.django_db

# --- Being stopped, and getting through -----------------------------------------------------------


def test_under_the_limit_nobody_is_asked_for_anything(petition):
    fill(petition)
    assert Signature.objects.count() == LIMIT


def test_one_more_is_told_and_keeps_what_she_typed(petition):
    fill(petition)
    before = everything_stored()
    answer = send(petition, "Mira", country="DE")
    page = answer.content.decode()
    assert answer.status_code == 429
    assert answer.headers["Cache-Control"] == "private, no-store"
    for words in ("many times from your network", "Nothing was stored yet", 'value="Mira"',
                  'value="mira@example.org"', '<option value="DE" selected>',
                  "Please wait 20 seconds"):  # fmt: skip
        assert words in page
    assert everything_stored() == before


def test_a_calculation_lets_her_through(petition):
    fill(petition)
    assert send(petition, proof=solved(send(petition))).status_code == 303
    assert signature_of(petition)


def test_a_calculation_is_good_once(petition):
    fill(petition)
    proof = solved(send(petition))
    send(petition, "Mira", proof=proof)
    assert send(petition, "Robot", proof=proof).status_code == 429
    written_otherwise = base64.b64encode(base64.b64decode(proof) + b" ").decode()
    assert send(petition, "Robot", proof=written_otherwise).status_code == 429


def test_waiting_lets_her_through_without_javascript(petition, wait):
    fill(petition)
    ticket = mark(send(petition), "ticket")
    wait(21)
    assert send(petition, ticket=ticket).status_code == 303


def test_who_comes_back_too_early_does_not_wait_anew(petition, wait):
    fill(petition)
    ticket = mark(send(petition), "ticket")
    wait(15)
    answer = send(petition, ticket=ticket)
    assert answer.status_code == 429
    assert mark(answer, "ticket") == ticket
    assert re.search(rb"Please wait [1-5] seconds?", answer.content)  # by the clock


def test_a_ticket_is_good_once(petition, wait):
    fill(petition)
    ticket = mark(send(petition), "ticket")
    wait(21)
    send(petition, "Mira", ticket=ticket)
    answer = send(petition, "Robot", ticket=ticket)
    assert answer.status_code == 429
    assert mark(answer, "ticket") != ticket


def test_a_pass_that_is_too_old_is_none(petition, wait):
    fill(petition)
    answer = send(petition)
    wait(3601)
    fill(petition)
    assert send(petition, ticket=mark(answer, "ticket")).status_code == 429
    assert send(petition, proof=solved(answer)).status_code == 429


def test_a_mistake_in_the_form_does_not_cost_the_pass(petition, wait):
    fill(petition)
    answer = send(petition)
    ticket, proof = mark(answer, "ticket"), solved(answer)
    wait(21)
    again = send(petition, email="mira@", ticket=ticket, proof=proof)
    assert again.status_code == 422
    marks = {name: mark(again, name) for name in ("ticket", "proof", "shown_at")}
    assert (marks["ticket"], marks["proof"]) == (ticket, proof)
    assert send(petition, **marks).status_code == 303


@pytest.mark.parametrize("kind", ["proof", "ticket"])
def test_a_pass_for_another_petition_or_another_form_is_none(petition, wait, kind):
    other = make_petition()
    fill(petition)
    fill(other)
    answer = send(other)
    text = solved(answer) if kind == "proof" else mark(answer, "ticket")
    wait(21)
    assert send(petition, **{kind: text}).status_code == 429
    assert send(other, **{kind: text}).status_code == 303


def forgeries(answer) -> dict[str, list[str]]:
    """Passes that are none."""
    whole = json.loads(base64.b64decode(solved(answer)))
    unsolved = whole | {"solution": {"counter": 1, "derivedKey": "00" * 32}}
    easier = json.loads(json.dumps(whole))
    easier["challenge"]["parameters"]["cost"] = 1
    unsigned = json.loads(json.dumps(whole))
    del unsigned["challenge"]["signature"]
    others = [[], 7, {"challenge": [], "solution": {}}, {"challenge": {"parameters": "x"}}]
    deep = base64.b64encode(b"[" * 2900).decode()
    texts = [
        base64.b64encode(json.dumps(x).encode()).decode()
        for x in (unsolved, easier, unsigned, *others)
    ]
    ticket = signing.dumps(["sign 1", 0, "x"], key="guessed", salt="petitions.passes.ticket")
    return {
        "proof": ["x", "\x00", "x" * 100_000, deep, *texts],
        "ticket": ["x", "\x00", ticket, mark(answer, "ticket")[:-1], honest()["shown_at"]],
    }


def test_forged_passes_let_nobody_through(petition, wait):
    fill(petition)
    answer = send(petition)
    wait(21)
    for kind, texts in forgeries(answer).items():
        for text in texts:
            assert send(petition, "Robot", **{kind: text}).status_code == 429, (kind, text[:40])


def test_a_network_that_many_people_share_keeps_nobody_out(petition):
    for number in range(LIMIT + 12):
        answer = send(petition, f"Student{number}")
        if answer.status_code == 429:
            answer = send(petition, f"Student{number}", proof=solved(answer))
        assert answer.status_code == 303
    assert Signature.objects.count() == LIMIT + 12


def test_calculating_and_waiting_grow_dearer_as_a_flood_grows(petition, settings):
    settings.PROOF_TRIES, settings.PROOF_MOST_TRIES = 100, 300
    tries, waits = [], []
    for _ in range(3):
        for number in range(LIMIT):
            answer = send(petition, f"Robot{number}")
            if answer.status_code == 429:
                send(petition, f"Robot{number}", proof=solved(answer))
        answer = send(petition)
        tries.append(json.loads(base64.b64decode(solved(answer)))["solution"]["counter"])
        waits.append(passes.read_ticket(f"sign {petition.pk}", mark(answer, "ticket")).wait_seconds)
    assert tries[0] <= 100 < tries[2] <= 300
    assert waits == sorted(waits)
    assert 19 <= waits[0] < waits[2] <= settings.WAIT_MOST_SECONDS


def test_waiting_with_many_tickets_at_once_grows_longer_and_ends(petition, settings):
    settings.TICKETS_PER_NETWORK_PER_HOUR, settings.WAIT_MOST_SECONDS = 2, 100
    fill(petition)
    waits = [
        passes.read_ticket(f"sign {petition.pk}", mark(send(petition), "ticket")).wait_seconds
        for _ in range(16)
    ]
    assert waits[0] == 20
    assert waits[8] < waits[15] == 100


def test_an_hour_later_all_is_as_before(petition, wait):
    fill(petition)
    assert send(petition).status_code == 429
    wait(3600)
    assert send(petition).status_code == 303


def test_who_was_stopped_does_not_use_up_what_is_left_for_others(petition, settings):
    settings.SIGNATURES_PER_PETITION_PER_MINUTE = LIMIT + 1
    fill(petition)
    for _ in range(5):
        assert send(petition, "Robot").status_code == 429
    assert send(petition, "Mira", ip="203.0.113.9").status_code == 303


# --- Robots ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [({"website": "https://spam.example"}, "A field that people do not see"),
     ({"shown_at": ""}, "without the mark"),
     ({"shown_at": "1000000000:forged"}, "without the mark"),
     ({"shown_at": "\x00"}, "without the mark"),
     ({"shown_at": None}, "faster than a person types")]
)  # fmt: skip
@pytest.mark.parametrize("view", ["sign", "lost_link", "enter_code"])
def test_a_robots_form_is_answered_and_a_person_sends_it_again(petition, view, marks, sentence):
    marks = {k: guard.shown_at() if v is None else v for k, v in marks.items()}
    form = {"name": "Mira", "email": "mira@example.org", "code": "AAAA-AAAA"}
    before = everything_stored()
    answer = post(petition, view, **form, **marks)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="mira@example.org"' in page
    assert "spam.example" not in page
    assert everything_stored() == before
    again = post(petition, view, **form, **marks, proof=solved(answer))
    assert again.status_code == (422 if view == "enter_code" else 303)
    assert sentence not in again.content.decode()


def test_after_two_seconds_the_form_that_was_too_fast_is_taken(petition, wait):
    answer = send(petition, shown_at=guard.shown_at())
    assert answer.status_code == 422
    wait(2)
    assert send(petition, shown_at=mark(answer, "shown_at")).status_code == 303


def test_a_page_left_open_for_weeks_is_taken(petition):
    weeks_ago = time.time() - 40 * 86_400
    assert send(petition, shown_at=guard.shown_at(weeks_ago)).status_code == 303


def test_every_form_shown_carries_its_moment_and_an_empty_trap(petition, client):
    for address in ("", "link/", "code/"):
        answer = client.get(petition.get_absolute_url() + address)
        assert guard.age_seconds(mark(answer, "shown_at")) < 60
        assert b'name="website" tabindex="-1" autocomplete="off"' in answer.content
        assert b"proof-of-work" not in answer.content


# --- What must not be told or kept ----------------------------------------------------------------


def without_tokens(page: bytes) -> str:
    """A page without what is new each time."""
    page = re.sub(r'(name="(ticket|shown_at)" value)="[^"]*"', r"\1", page.decode())
    return re.sub(r'data-challenge="[^"]*"', "", page)


def test_beyond_the_limit_too_everybody_gets_the_same_answer(petition):
    confirm(make_signature(petition, "counted@example.org"))
    make_signature(petition, "pending@example.org")
    fill(petition)
    pages = set()
    for who in ("new", "pending", "counted"):
        answer = send(petition, "Mira", email=f"{who}@example.org")
        assert answer.status_code == 429
        pages.add(without_tokens(answer.content).replace(f"{who}@", "who@"))
    assert len(pages) == 1
    for who in ("new", "pending", "counted"):
        proof = solved(send(petition, "Mira", email=f"{who}@example.org"))
        answer = send(petition, "Mira", email=f"{who}@example.org", proof=proof)
        assert (answer.status_code, answer.content) == (303, b"")


def test_the_guard_asks_the_database_nothing(petition, django_assert_num_queries):
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.7")
    sent = guard.Sent("mira@example.org", **honest())
    with django_assert_num_queries(0):
        for _ in range(LIMIT + 1):
            guard.stop(guard.Act.SIGN, request, petition, sent)


def everything_in_the_cache() -> bytes:
    folder = caches["default"]._file.path.parent
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_neither_addresses_nor_networks_are_in_the_cache(petition):
    fill(petition, LIMIT)
    send(petition, proof=solved(send(petition)))
    post(petition, "lost_link", email="mira@example.org")
    stored = everything_in_the_cache().lower()
    assert b"guard.salt" in stored
    for secret in (b"192.0.2", b"mira", b"neighbour", b"example.org", petition.slug.encode()):
        assert secret not in stored


def test_no_network_is_in_the_database_but_a_bucket(petition):
    send(petition)
    bucket = signature_of(petition).network_bucket
    assert 0 <= bucket < networks.BUCKETS_COUNT
    assert "192.0.2" not in str(everything_stored())
    send(petition, "Sam", ip="192.0.2.99")
    assert signature_of(petition, "sam@example.org").network_bucket == bucket


def test_the_salt_changes_with_the_day_and_yesterdays_is_wiped(wait):
    def bucket_now() -> int | None:
        return networks.bucket_of(RequestFactory().post("/", REMOTE_ADDR="192.0.2.7"))

    today = f"guard.salt.{datetime.now(UTC):%Y-%m-%d}"
    bucket, salt = bucket_now(), cache.get(today)
    assert bucket_now() == bucket
    wait(86_400 + 61)
    buckets = {bucket_now()}
    daily_salt.forget_expired()
    assert cache.get(today) is None
    assert salt not in everything_in_the_cache()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert cache.get(f"guard.salt.{tomorrow:%Y-%m-%d}") not in (None, salt)
    assert buckets != {None}


def test_looking_counts_nothing(petition, client):
    cache.clear()
    for view in ("sign", "lost_link", "enter_code"):
        url = reverse(f"petitions:{view}", args=[petition.slug])
        for method in (client.get, client.head, client.options):
            method(url)
    client.get(petition.get_absolute_url())
    assert b"guard." not in everything_in_the_cache()


def test_a_mark_that_is_too_long_to_be_ours_is_not_remembered():
    kept = guard._moment_of.cache_info().currsize
    assert guard.age_seconds(guard.shown_at() + "x" * 100_000) is None
    assert guard._moment_of.cache_info().currsize == kept
    assert guard.age_seconds(guard.shown_at()) is not None
