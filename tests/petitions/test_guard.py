"""Floods and robots: who is stopped for a moment, and how people get through."""

import base64
import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from altcha.v2 import Challenge, Payload, solve_challenge
from django.core import signing
from django.core.cache import cache, caches
from django.test import Client, RequestFactory
from django.urls import reverse

from petitions import guard, passes
from petitions.models import LedgerEntry, Letter, Signature
from tests.advocacy.markup import elements
from tests.factories import (
    confirm,
    everything_stored,
    honest,
    make_petition,
    make_signature,
    signature_of,
)

pytestmark = pytest.mark.django_db

LIMIT = 3


@pytest.fixture(autouse=True)
def ten_past(monkeypatch):
    """A clock that stands at ten past the hour until a test lets time pass.

    Limits begin anew with each hour and minute, and what somebody waits for grows shorter: on a
    busy machine a second goes by between two pages.
    """
    now = time.time()
    still = now + 610 - now % 3600
    monkeypatch.setattr(time, "time", lambda: still)


@pytest.fixture(autouse=True)
def small_numbers(settings):
    """Limits that a test can reach, and calculations that take no time."""
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = LIMIT
    settings.PROOF_TRIES, settings.PROOF_MOST_TRIES = 4, 20


@pytest.fixture
def petition():
    """What everybody here signs."""
    return make_petition()


@pytest.fixture
def wait(monkeypatch):
    """Let time pass for the guard and the cache."""

    def pass_time(seconds: float) -> None:
        later = time.time() + seconds
        monkeypatch.setattr(time, "time", lambda: later)

    return pass_time


def form_of(name: str, **more: str) -> dict[str, str]:
    return honest() | {"name": name, "email": f"{name.lower()}@example.org"} | more


def send(petition, name="Mira", ip="192.0.2.7", **more):
    """Sign over the network."""
    url = reverse("petitions:sign", args=[petition.slug])
    return Client(REMOTE_ADDR=ip).post(url, form_of(name, **more))


def fill(petition, count=LIMIT, ip="192.0.2.7"):
    """As many neighbours as are let through."""
    for number in range(count):
        assert send(petition, f"Neighbour{number}", ip).status_code == 303


def mark(answer, name: str) -> str:
    """What the form on a page carries."""
    return next(
        e.attributes["value"]
        for e in elements(answer.content.decode())
        if e.tag == "input" and e.attributes.get("name") == name
    )


def solved(answer) -> str:
    """What a browser would put into the form of this page."""
    (element,) = [e for e in elements(answer.content.decode()) if e.tag == "proof-of-work"]
    challenge = Challenge.from_dict(json.loads(element.attributes["data-challenge"]))
    return Payload(challenge, solve_challenge(challenge)).to_base64()


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


# --- The limits -----------------------------------------------------------------------------------


def test_another_network_and_another_petition_are_counted_apart(petition):
    fill(petition)
    assert send(petition, ip="203.0.113.9").status_code == 303
    assert send(make_petition()).status_code == 303


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.1", "192.0.2.250"), ("2001:db8:1:1::1", "2001:db8:1:ffff::9"),
     ("192.0.2.1", "::ffff:192.0.2.9")]
)  # fmt: skip
def test_neighbours_are_one_network(petition, one, other):
    fill(petition, ip=one)
    assert send(petition, ip=other).status_code == 429


def test_one_address_from_one_network_is_stopped_and_from_another_is_not(petition, settings):
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = 100
    for spelling in ("mira@example.org", "MIRA@example.org", "mira+x@example.org") * 2:
        answer = send(petition, email=spelling)
    assert answer.status_code == 429
    assert send(petition).status_code == 429
    assert send(petition, "Sam").status_code == 303
    assert send(petition, ip="203.0.113.9").status_code == 303


def test_nobody_can_read_from_the_limit_who_else_has_typed_an_address(petition, settings):
    settings.COUNTED_ONE_IN = 3
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = 1000
    until_stopped = set()
    for number in range(12):
        email, tries = f"mira{number}@example.org", 1
        while send(petition, email=email).status_code == 303:
            tries += 1
        # Once stopped, trying again is not another throw of the die.
        assert send(petition, email=email).status_code == 429
        until_stopped.add(tries)
    assert len(until_stopped) > 2


@pytest.mark.parametrize("name", ["SIGNATURES_PER_PETITION_PER_MINUTE", "SIGNATURES_PER_MINUTE"])
def test_a_flood_from_many_networks_is_stopped_for_a_minute(petition, settings, wait, name):
    setattr(settings, name, 4)
    answers = [send(petition, f"P{n}", ip=f"10.0.{n}.1") for n in range(5)]
    assert [a.status_code for a in answers] == [303] * 4 + [429]
    assert b"Very many people are signing just now" in answers[4].content
    other = send(make_petition(), ip="10.1.1.1").status_code
    assert other == (303 if "PETITION" in name else 429)
    wait(60)
    assert send(petition).status_code == 303


def post(petition, view: str, ip="192.0.2.7", **form):
    url = reverse(f"petitions:{view}", args=[petition.slug])
    return Client(REMOTE_ADDR=ip).post(url, honest() | form)


def test_guessing_codes_is_stopped_and_a_calculation_lets_the_owner_through(petition, settings):
    settings.WRONG_CODES_PER_NETWORK_PER_HOUR = 2
    signature = make_signature(petition)
    wrong = {"email": "mira@example.org", "code": "AAAA-AAAA"}
    right = wrong | {"code": guard_code(signature)}
    assert [post(petition, "enter_code", **wrong).status_code for _ in range(2)] == [422, 422]
    answer = post(petition, "enter_code", **right)
    assert answer.status_code == 429
    assert 'value="mira@example.org"' in answer.content.decode()
    assert not LedgerEntry.objects.exists()
    assert post(petition, "enter_code", ip="203.0.113.9", **wrong).status_code == 422
    assert post(petition, "enter_code", **right, proof=solved(answer)).status_code == 303
    assert LedgerEntry.objects.count() == 1


def guard_code(signature) -> str:
    from petitions import signing as acts
    from petitions import tokens

    return tokens.short_code(acts.claim_on(signature))


def test_right_codes_are_not_counted(petition, settings):
    settings.WRONG_CODES_PER_NETWORK_PER_HOUR = 2
    for number in range(5):
        email = f"mira{number}@example.org"
        code = guard_code(make_signature(petition, email))
        assert post(petition, "enter_code", email=email, code=code).status_code == 303


def test_asking_for_links_is_stopped_for_a_network_and_for_one_address(petition, settings):
    settings.LINKS_PER_NETWORK_PER_HOUR = 4
    settings.LINKS_PER_NETWORK_AND_ADDRESS_PER_HOUR = 2
    mira = [post(petition, "lost_link", email="mira@example.org") for _ in range(3)]
    assert [a.status_code for a in mira] == [303, 303, 429]
    others = [post(petition, "lost_link", email=f"p{n}@example.org") for n in range(3)]
    assert [a.status_code for a in others] == [303, 303, 429]
    assert Letter.objects.count() == 3
    again = post(petition, "lost_link", email="p2@example.org", proof=solved(others[2]))
    assert again.status_code == 303


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
    folder = caches["default"]._file.parent
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
    assert 0 <= bucket < guard.BUCKETS_COUNT
    assert "192.0.2" not in str(everything_stored())
    send(petition, "Sam", ip="192.0.2.99")
    assert signature_of(petition, "sam@example.org").network_bucket == bucket


def test_the_salt_changes_with_the_day_and_yesterdays_is_wiped(wait):
    def bucket_now() -> int | None:
        return guard.network_bucket(RequestFactory().post("/", REMOTE_ADDR="192.0.2.7"))

    today = f"guard.salt.{datetime.now(UTC):%Y-%m-%d}"
    bucket, salt = bucket_now(), cache.get(today)
    assert bucket_now() == bucket
    wait(86_400 + 61)
    buckets = {bucket_now()}
    guard.forget_expired()
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


# --- Networks, and a guard that fails -------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("192.0.2.0", "192.0.2.0/24"),
     ("2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::/48"), ("2001:db8:aaaa::", "2001:db8:aaaa::/48"),
     ("::ffff:192.0.2.77", "192.0.2.0/24"), ("", None), ("unix:", None), ("mira", None)]
)  # fmt: skip
def test_only_the_network_of_an_address_is_looked_at(settings, address, network):
    assert guard.network_of(RequestFactory().post("/", REMOTE_ADDR=address)) == network
    settings.BEHIND_PROXY = True
    proxied = RequestFactory().post("/", REMOTE_ADDR="127.0.0.1", HTTP_X_REAL_IP=address)
    assert guard.network_of(proxied) == network


def test_nobody_can_say_that_they_are_elsewhere_unless_a_proxy_says_so(settings):
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.7", HTTP_X_REAL_IP="10.1.2.3",
                                    HTTP_X_FORWARDED_FOR="10.1.2.3")  # fmt: skip
    assert guard.network_of(request) == "192.0.2.0/24"


def test_where_nobody_says_which_network_it_is_people_are_not_taken_for_one(petition, settings):
    settings.BEHIND_PROXY = True
    fill(petition, LIMIT + 3)
    assert signature_of(petition, "neighbour0@example.org").network_bucket is None


def test_another_cache_counts_just_as_well(petition, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    fill(petition, LIMIT)
    assert send(petition).status_code == 429


@pytest.mark.parametrize("act", ["get", "add", "add_up"])
def test_while_the_cache_is_away_everybody_is_let_through(petition, monkeypatch, caplog, act):
    caplog.set_level("ERROR", "petitions.guard")

    def fail(*args, **kwargs):
        raise ConnectionError("192.0.2.7 mira@example.org")

    monkeypatch.setattr(f"advocacy.memory_cache.MemoryCache.{act}", fail)
    fill(petition, LIMIT + 2)
    assert Signature.objects.count() == LIMIT + 2
    assert post(petition, "lost_link", email="mira@example.org").status_code == 303
    assert {record.getMessage() for record in caplog.records} >= {"guard failed"}
