"""Editors come in by a password and a number from their app, each of which works once."""

import base64
import re
import threading
import time
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from advocacy import second_factor
from advocacy.models import RecoveryCode, SecondFactor
from petitions.models import StaffAct
from stories import locking

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-pass-phrase"


@pytest.fixture(autouse=True)
def required(settings):
    """As in production."""
    settings.EDITORS_SECOND_FACTOR = True


def type_password(browser, password=PASSWORD, then="/admin/"):
    form = {"username": "tomas", "password": password, "next": then}
    return browser.post("/admin/login/", form)


def type_number(browser, number):
    return browser.post("/admin/second-step/", {"code": number})


def is_in(browser):
    return browser.get("/admin/").status_code == 200


def seed_on(page):
    """What the QR code's page says for those whose camera can't read it."""
    words = re.search(r"<code dir=\"ltr\">([A-Z2-7-]+)</code>", page.content.decode())[1]
    return locking.lock(words.replace("-", ""))


def number_now(seed, steps=0):
    return second_factor.number_at(seed, int(time.time()) // 30 + steps)


@pytest.fixture
def enrolled(tomas):
    """Tomas has an app; returns its seed and his codes."""
    seed = second_factor.new_seed()
    codes = second_factor.set_up(tomas, seed, 0)
    return seed, codes


# --- The numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "number"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
     (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_numbers_are_those_of_the_standard(moment, number):
    """RFC 6238, appendix B, with six figures."""
    seed = locking.lock(base64.b32encode(b"12345678901234567890").decode())
    assert second_factor.number_at(seed, moment // 30) == number


def test_the_code_for_the_app_names_neither_the_site_nor_its_address(tomas, settings):
    address = second_factor.address_for_app(second_factor.new_seed(), tomas)
    asked = parse_qs(urlsplit(address).query)
    assert len(base64.b32decode(asked["secret"][0])) == 20
    for word in (settings.SITE_NAME, "testserver", "advocacy"):
        assert word.lower() not in address.lower()


def test_no_seed_and_no_code_stands_plain_in_the_database(enrolled):
    seed, codes = enrolled
    factor, stored = SecondFactor.objects.get(), RecoveryCode.objects.first()
    words = second_factor.seed_in_words(seed)
    for kept in (bytes(factor.seed), bytes(stored.code_hash)):
        assert base64.b32decode(words) not in kept
        assert words.encode() not in kept
        assert all(code.replace("-", "").encode() not in kept for code in codes)


# --- Coming in ------------------------------------------------------------------------------------


def test_at_the_first_login_tomas_sets_up_his_app_and_gets_codes(client, tomas):
    assert type_password(client).url == "/admin/second-step/"
    assert not is_in(client)
    page = client.get("/admin/second-step/")
    assert b'class="qr"' in page.content
    seed = seed_on(page)
    assert type_number(client, "000000").status_code == 422
    done = type_number(client, number_now(seed))
    codes = re.findall(r"([A-Z2-7]{4}(?:-[A-Z2-7]{4}){5})", done.content.decode())
    assert len(codes) == len(set(codes)) == second_factor.RECOVERY_CODES_COUNT
    assert "no-store" in done["Cache-Control"]
    assert is_in(client)
    assert list(StaffAct.objects.order_by("number").values_list("who", "act")) == [
        ("tomas", "second factor refused"), ("tomas", "second factor set up"),
        ("tomas", "logged in"),
    ]  # fmt: skip


def test_the_password_alone_lets_nobody_in(client, enrolled):
    seed, _ = enrolled
    type_password(client)
    for address in ("/admin/", "/admin/account/", "/admin/password_change/", "/admin/again/"):
        assert client.get(address).status_code == 302, address
    assert client.post("/admin/account/", {"act": "switch_off"}).url.startswith("/admin/login/")
    assert SecondFactor.objects.exists()
    assert type_number(client, number_now(seed)).url == "/admin/"
    assert is_in(client)


def test_without_the_password_the_second_step_leads_back(client, enrolled):
    assert client.get("/admin/second-step/").url == "/admin/login/"
    assert type_number(client, number_now(enrolled[0])).url == "/admin/login/"


def test_somebody_with_an_app_is_shown_no_other_seed(client, enrolled):
    type_password(client)
    page = client.get("/admin/second-step/")
    assert b'class="qr"' not in page.content
    assert second_factor.seed_in_words(enrolled[0]).encode() not in page.content


def test_a_number_is_good_once(enrolled, tomas):
    number = number_now(enrolled[0])
    assert second_factor.use(tomas, number)
    assert not second_factor.use(tomas, number)


def test_a_slow_phone_is_waited_for_and_an_old_number_is_none(enrolled, tomas):
    seed, _ = enrolled
    assert not second_factor.use(tomas, number_now(seed, -2))
    assert not second_factor.use(tomas, number_now(seed, 2))
    assert second_factor.use(tomas, number_now(seed, -1))


@pytest.mark.parametrize("written", ["{} {}", "{}-{}", " {}{} "])
def test_a_number_may_be_typed_with_blanks(enrolled, tomas, written):
    number = number_now(enrolled[0])
    assert second_factor.use(tomas, written.format(number[:3], number[3:]))


def test_persian_figures_are_figures(enrolled, tomas):
    assert second_factor.use(tomas, number_now(enrolled[0]).translate(
        str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")))  # fmt: skip


@pytest.mark.parametrize("junk", ["", "0", "x" * 5000, "\x00", "é", "½²³", "🔑", "-1", "1e5"])
def test_junk_is_no_number(client, enrolled, junk):
    type_password(client)
    assert type_number(client, junk).status_code == 422
    assert not is_in(client)


def test_a_code_from_paper_is_good_once(client, enrolled, tomas):
    _, codes = enrolled
    type_password(client)
    assert type_number(client, codes[3].lower().replace("-", " ")).url == "/admin/"
    assert is_in(client)
    assert second_factor.codes_left(tomas) == second_factor.RECOVERY_CODES_COUNT - 1
    assert not second_factor.use(tomas, codes[3])
    assert "recovery code used" in StaffAct.objects.values_list("act", flat=True)


def test_nobody_elses_number_or_code_helps(enrolled, django_user_model):
    seed, codes = enrolled
    ana = django_user_model.objects.create_superuser("ana", password=PASSWORD)
    second_factor.set_up(ana, second_factor.new_seed(), 0)
    assert not second_factor.use(ana, codes[0])
    assert not second_factor.use(ana, number_now(seed))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_number_at_once_one_comes_in(enrolled, tomas):
    number, answers = number_now(enrolled[0]), []
    barrier = threading.Barrier(4)

    def send():
        barrier.wait()
        answers.append(second_factor.use(tomas, number))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]


def test_halfway_ends_after_ten_minutes(client, enrolled, monkeypatch):
    type_password(client)
    later = time.time() + 601
    monkeypatch.setattr("advocacy.login.time.time", lambda: later)
    assert client.get("/admin/second-step/").url == "/admin/login/"


@pytest.mark.parametrize("change", ["password", "is_staff", "is_active"])
def test_whoever_was_put_off_meanwhile_does_not_come_in(client, enrolled, tomas, change):
    type_password(client)
    if change == "password":
        tomas.set_password("another-pass-phrase")
    else:
        setattr(tomas, change, False)
    tomas.save()
    assert type_number(client, number_now(enrolled[0])).url == "/admin/login/"


def test_the_visit_gets_another_name_at_each_step(client, enrolled):
    client.get("/admin/login/")
    names = []
    type_password(client)
    names.append(client.cookies["sessionid"].value)
    type_number(client, number_now(enrolled[0]))
    names.append(client.cookies["sessionid"].value)
    assert len(set(names)) == 2
    assert not Session.objects.filter(session_key=names[0]).exists()


def test_a_name_that_somebody_else_chose_for_the_visit_is_not_kept(client, enrolled):
    client.cookies["sessionid"] = "c" * 32
    type_password(client)
    type_number(client, number_now(enrolled[0]))
    assert is_in(client)
    assert client.cookies["sessionid"].value != "c" * 32


def test_a_visit_that_somebody_else_began_is_not_gone_on_with(client, enrolled):
    theirs = SessionStore()
    theirs.create()
    client.cookies["sessionid"] = theirs.session_key
    type_password(client)
    assert client.cookies["sessionid"].value != theirs.session_key
    assert not SessionStore(theirs.session_key).load()


def test_one_is_led_on_within_the_site_only(client, enrolled):
    type_password(client, then="https://evil.example/")
    assert type_number(client, number_now(enrolled[0])).url == "/admin/"


def test_without_its_key_nobody_gets_a_seed_in_plain_instead(client, tomas, settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    assert type_password(client).status_code == 503
    assert not Session.objects.exists()


def test_another_key_lets_nobody_in(client, enrolled, tomas, settings, tmp_path):
    number = number_now(enrolled[0])
    (tmp_path / "server.key").write_bytes(b"k" * 32)
    settings.KEYS_DIR = tmp_path
    assert not second_factor.use(tomas, number)
    assert not second_factor.use(tomas, enrolled[1][0])


def test_in_the_demo_a_password_is_enough_and_an_app_is_asked_for_once_there_is_one(
    client, tomas, settings
):
    settings.EDITORS_SECOND_FACTOR = False
    assert type_password(client).url == "/admin/"
    seed = second_factor.new_seed()
    second_factor.set_up(tomas, seed, 0)
    other = Client()
    assert type_password(other).url == "/admin/second-step/"


# --- One's own page, and a lost phone -------------------------------------------------------------


def test_another_phone_ends_the_other_logins_and_the_old_numbers(client, enrolled, tomas):
    seed, _ = enrolled
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(tomas)
    assert client.post("/admin/account/", {"act": "set_up"}).url == "/admin/second-step/"
    new = seed_on(client.get("/admin/second-step/"))
    assert second_factor.seed_in_words(new) != second_factor.seed_in_words(seed)
    assert type_number(client, number_now(new)).status_code == 200
    assert is_in(client)
    assert not is_in(elsewhere)
    assert not second_factor.use(tomas, number_now(seed, 1))


def test_new_codes_make_the_old_ones_good_for_nothing(client, enrolled, tomas):
    client.force_login(tomas)
    page = client.post("/admin/account/", {"act": "renew_codes"})
    assert len(re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}", page.content.decode())) == 8
    assert not second_factor.use(tomas, enrolled[1][0])


def test_where_it_is_required_it_can_not_be_switched_off(client, enrolled, tomas, settings):
    client.force_login(tomas)
    client.post("/admin/account/", {"act": "switch_off"})
    assert second_factor.has(tomas)
    assert b"switch_off" not in client.get("/admin/account/").content
    settings.EDITORS_SECOND_FACTOR = False
    client.post("/admin/account/", {"act": "switch_off"})
    assert not second_factor.has(tomas)


def test_the_account_page_says_where_one_is_logged_in_and_ends_it(client, tomas):
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(tomas)
    assert b"logged in in 2 places" in client.get("/admin/account/").content
    client.post("/admin/account/", {"act": "log_out_elsewhere"})
    assert is_in(client)
    assert not is_in(elsewhere)


def test_an_unknown_act_does_nothing(client, tomas):
    client.force_login(tomas)
    for act in ("", "nonsense", "__class__"):
        assert client.post("/admin/account/", {"act": act}).status_code == 302


def editors(*words):
    out = StringIO()
    call_command("editors", *words, stdout=out)
    return out.getvalue()


def test_whose_phone_is_lost_sets_up_another_one(client, enrolled, tomas):
    client.force_login(tomas)
    assert "forgotten" in editors("lost-phone", "tomas")
    assert not is_in(client)
    assert StaffAct.objects.latest("number").act == "second factor forgotten"
    type_password(client)
    assert b'class="qr"' in client.get("/admin/second-step/").content
    with pytest.raises(CommandError, match="no second factor"):
        editors("lost-phone", "tomas")
    with pytest.raises(CommandError, match="no editor"):
        editors("lost-phone", "nobody")


def test_whoever_runs_the_site_can_log_out_one_or_all(client, tomas, django_user_model):
    ana, other = django_user_model.objects.create_superuser("ana"), Client()
    client.force_login(tomas)
    other.force_login(ana)
    assert "ended: 1" in editors("log-out", "tomas")
    assert not is_in(client)
    assert is_in(other)
    assert "ended: 1" in editors("log-out", "--all")
    assert not is_in(other)
    with pytest.raises(CommandError):
        editors("log-out")
