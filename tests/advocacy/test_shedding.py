"""In a flood some are told “not now” in time, and nobody waits for nothing."""

import copy
import socket
import threading
import time
from contextlib import ExitStack

import pytest
from django.test import RequestFactory

from advocacy import at_work, shedding
from advocacy.at_work import Board
from advocacy.shedding import CONFIRMING, READING, SIGNING, rank_of, waited_seconds
from petitions.models import Letter, Signature
from tests.factories import honest, make_petition, make_signature, make_story, token_for

FORM = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


def processes(count: int) -> list[Board]:
    """So many web processes with one piece of memory between them."""
    first = Board()
    boards = []
    for _ in range(count):
        board = copy.copy(first)  # as after a fork: the memory is the same one
        board.take(first.reserve(), [])
        boards.append(board)
    return boards


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but for who sleeps, and can be put on."""
    now = [1000.0]
    monkeypatch.setattr(at_work.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(at_work.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


# --- Who is turned away, and when ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "rank"),
    [("/", READING), ("/fr/stories/", READING), ("/petitions/free-ana/", READING),
     ("/petitions/free-ana/sign/", SIGNING), ("/ar/petitions/free-ana/sign/", SIGNING),
     ("/petitions/free-ana/link/", SIGNING), ("/zh-hans/petitions/a/signed/", SIGNING),
     ("/signatures/abc/", CONFIRMING), ("/fa/signatures/abc/confirm/", CONFIRMING),
     ("/updates/abc/stop/", CONFIRMING), ("/petitions/a/code/", CONFIRMING),
     ("/admin/petitions/switches/1/change/", CONFIRMING), ("/signatures", READING)],
)  # fmt: skip
def test_who_confirms_comes_before_who_signs_and_who_reads(path, rank):
    assert rank_of(path) is rank


@pytest.mark.parametrize(
    ("rank", "at_work_count", "is_taken"),
    [(READING, 5, True), (READING, 6, False), (SIGNING, 6, True), (SIGNING, 7, False),
     (CONFIRMING, 7, True), (CONFIRMING, 8, False)],
)  # fmt: skip
def test_the_last_processes_are_kept_free(clock, rank, at_work_count, is_taken):
    boards = processes(9)
    for board in boards[:at_work_count]:
        assert board.begin(at_work.MOST_PROCESSES)
    clock(2)  # by now they are stuck
    me = boards[-1]
    assert me.begin(rank.spared_in) is is_taken
    if is_taken:
        me.end()
    boards[0].end()
    assert me.begin(rank.spared_in)


def test_who_is_about_to_be_done_is_waited_for(monkeypatch, clock):
    boards = processes(3)
    for board in boards[:2]:
        board.begin(READING.spared_in)
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            boards[0].end()

    monkeypatch.setattr(at_work.time, "sleep", sleep)
    assert boards[2].begin(READING.spared_in)
    assert len(slept) == 3


def test_nobody_is_waited_for_longer_than_a_second_and_nobody_who_is_stuck_at_all(clock):
    boards = processes(3)
    for board in boards[:2]:
        board.begin(READING.spared_in)
    began = at_work.time.monotonic()
    assert not boards[2].begin(READING.spared_in)
    assert 0.9 < at_work.time.monotonic() - began < 1.1
    clock(1)
    began = at_work.time.monotonic()
    assert not boards[2].begin(READING.spared_in)
    assert at_work.time.monotonic() == began


def test_two_processes_have_none_to_spare(clock):
    one, other = processes(2)
    assert one.begin(READING.spared_in)
    clock(60)
    assert other.begin(READING.spared_in)


def test_a_killed_process_leaves_its_place(clock):
    boards = processes(3)
    for board in boards[:2]:
        board.begin(READING.spared_in)
    clock(5)
    assert not boards[2].begin(READING.spared_in)
    boards[2].release(0)  # as gunicorn's master does
    boards[2].take(boards[2].reserve(), [])
    successor = copy.copy(boards[2])
    successor.take(successor.reserve(), [])
    assert successor.begin(READING.spared_in)


def test_of_many_who_come_at_once_one_place_stays_free():
    boards, taken = processes(4), []
    start = threading.Barrier(4)

    def come(board: Board) -> None:
        start.wait()
        taken.append(board.begin(at_work.MOST_PROCESSES))

    threads = [threading.Thread(target=come, args=[board]) for board in boards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, True, True, True]


def test_without_gunicorn_nobody_is_turned_away():
    assert Board().begin(1)


def test_it_is_known_how_many_wait_to_be_taken():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=50))
        other = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port, other_port = (str(one.getsockname()[1]) for one in (listener, other))
        board = Board()
        assert board.waiting_count(port) == 0
        board.take(board.reserve(), [listener, other])
        for count in range(1, 8):
            stack.enter_context(socket.create_connection(listener.getsockname()))
            assert board.waiting_count(port) == count
        listener.accept()[0].close()
        assert board.waiting_count(port) == 6
        assert board.waiting_count(other_port) == 0


# --- How long somebody has waited ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("t={:.3f}", 7),
        ("{:.3f}", 7),
        ("yesterday", None),
        ("t=nan", None),
        ("t=1", None),
        ("", None),
    ],
)
def test_a_proxy_says_since_when_somebody_waits(settings, header, waited):
    settings.BEHIND_PROXY = True
    request = RequestFactory().get("/", headers={"x-request-start": header.format(time.time() - 7)})
    found = waited_seconds(request.META)
    assert found == (waited and pytest.approx(waited, abs=1))


def test_without_a_proxy_of_ours_nobody_is_believed():
    request = RequestFactory().get("/", headers={"x-request-start": f"t={time.time() - 7}"})
    assert waited_seconds(request.META) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "answered"),
    [(1, {"read", "sign", "confirm"}), (4, {"sign", "confirm"}), (7, {"confirm"}), (12, set())],
)
def test_who_has_waited_too_long_is_told_to_come_again(client, settings, seconds, answered):
    settings.BEHIND_PROXY = True
    settings.SECURE_PROXY_SSL_HEADER = None
    make_story()
    petition = make_petition()
    signature = make_signature(petition, "sam@example.org")
    late = {"x-request-start": f"t={time.time() - seconds:.3f}"}
    asked = {
        "read": client.get("/stories/", headers=late),
        "sign": client.post(f"{petition.get_absolute_url()}sign/", FORM | honest(), headers=late),
        "confirm": client.post(f"/signatures/{token_for(signature)}/confirm/", headers=late),
    }
    assert {name for name, response in asked.items() if response.status_code < 400} == answered
    for name in asked.keys() - answered:
        assert asked[name].status_code == 503
        assert asked[name]["Retry-After"] == "30"
        assert "no-store" in asked[name]["Cache-Control"]
        assert "Very many people" in asked[name].content.decode()


# --- What is given back -------------------------------------------------------------------------


@pytest.fixture
def too_much(monkeypatch):
    """A flood in which nobody is taken."""
    monkeypatch.setattr(shedding, "is_too_late", lambda *_: True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("prefix", "words"),
    [("", "Very many people are here at once"), ("/fr", "Un très grand nombre de personnes"),
     ("/lite/ar", "هنا عدد كبير جدًا من الناس"), ("/lite", "Very many people are here at once")],
)  # fmt: skip
def test_what_mira_typed_comes_back_in_her_language(client, too_much, prefix, words):
    petition = make_petition()
    address = f"{prefix}{petition.get_absolute_url()}sign/"
    page = client.post(address, FORM | {"name": 'Mira "<b>'} | honest()).content.decode()
    assert words in page
    assert 'name="email" value="mira@example.org"' in page
    assert 'name="name" value="Mira &quot;&lt;b&gt;"' in page
    assert '<form method="post">' in page  # to the address that it stands at
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_turning_away_asks_the_database_nothing(client, too_much, django_assert_num_queries):
    with django_assert_num_queries(0):
        for address in ("/", "/petitions/free-ana/", "/signatures/abc/", "/search/?q=mira"):
            assert client.get(address).status_code == 503
        client.post("/petitions/free-ana/sign/", FORM)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/robots.txt", "/static/img/icon.svg"])
def test_what_needs_no_database_is_answered_always(client, too_much, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response.getvalue()
    response.close()


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_kept_is_shown_in_the_worst_flood(client, settings, monkeypatch):
    settings.PAGE_CACHE_SECONDS = 5
    make_story(title="Read by many")
    client.get("/stories/")
    monkeypatch.setattr(shedding, "is_too_late", lambda *_: True)
    assert b"Read by many" in client.get("/stories/").content
    settings.PAGE_CACHE_SECONDS = 0.001  # too old by now, and nobody can make it anew
    time.sleep(0.01)
    response = client.get("/stories/")
    assert response.status_code == 200
    assert b"Read by many" in response.content
    assert client.get("/defenders/").status_code == 503
