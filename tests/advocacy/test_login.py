"""Passwords: how often one may try, what one may choose, and when one is asked again."""

import time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from advocacy import admin, login_limits, second_factor
from petitions.models import StaffAct
from tests.advocacy.programs import PRODUCTION, code, run
from tests.advocacy.test_second_factor import PASSWORD, is_in, number_now

pytestmark = pytest.mark.django_db
MANY = login_limits.PASSWORDS[0].count


def try_password(browser, password, name="tomas", network="198.51.100.7"):
    form = {"username": name, "password": password, "next": "/admin/"}
    return browser.post("/admin/login/", form, REMOTE_ADDR=network)


@pytest.fixture
def noon(monkeypatch):
    """A clock that tests move: an hour begins, and nothing is counted in another window."""
    clock = {"now": time.time() // 86_400 * 86_400 + 43_200}
    monkeypatch.setattr("advocacy.login_limits.time.time", lambda: clock["now"])
    return clock


# --- Too many tries -------------------------------------------------------------------------------


def test_after_ten_wrong_passwords_even_the_right_one_waits(tomas, noon):
    for _ in range(MANY):
        assert b"Too many" not in try_password(Client(), "guess").content
    stopped = try_password(Client(), PASSWORD)
    assert b"Too many wrong tries. Please wait for 15 minutes." in stopped.content
    noon["now"] += 15 * 60
    assert try_password(Client(), PASSWORD).status_code == 302


def test_a_stranger_elsewhere_does_not_lock_tomas_out(tomas, noon):
    for _ in range(MANY + 5):
        try_password(Client(), "guess", network="203.0.113.9")
    assert try_password(Client(), PASSWORD).status_code == 302


def test_one_network_may_not_try_everybodys_name(tomas, noon):
    for number in range(login_limits.PASSWORDS[1].count):
        try_password(Client(), "guess", name=f"name{number}")
    assert b"Too many" in try_password(Client(), PASSWORD).content


def test_right_passwords_are_not_counted(tomas, noon):
    for _ in range(MANY + 2):
        assert try_password(Client(), PASSWORD).status_code == 302


def test_capitals_are_no_other_name(tomas, noon):
    for number in range(MANY):
        try_password(Client(), "guess", name=["tomas", "TOMAS"][number % 2])
    assert b"Too many" in try_password(Client(), PASSWORD).content


def test_an_unknown_name_is_answered_like_a_known_one(tomas, noon):
    known, unknown = (try_password(Client(), "guess", name=name) for name in ("tomas", "nobody"))
    stripped = [
        answer.content.replace(name, b"").split(b"csrfmiddlewaretoken")[0]
        for answer, name in ((known, b"tomas"), (unknown, b"nobody"))
    ]
    assert stripped[0] == stripped[1]


def test_ten_wrong_numbers_an_hour_are_enough_wherever_they_come_from(tomas, noon, settings):
    settings.EDITORS_SECOND_FACTOR = True
    seed = second_factor.new_seed()
    second_factor.set_up(tomas, seed, 0)
    browser = Client()
    try_password(browser, PASSWORD)
    for number in range(login_limits.NUMBERS[0].count):
        step = {"code": "000000"}
        answer = browser.post("/admin/second-step/", step, REMOTE_ADDR=f"198.51.{number}.1")
        assert b"Too many" not in answer.content
    stopped = browser.post("/admin/second-step/", {"code": number_now(seed)})
    assert b"Too many" in stopped.content
    assert not is_in(browser)
    refused = StaffAct.objects.filter(who="tomas", act="second factor refused")
    assert refused.count() == login_limits.NUMBERS[0].count


def test_no_name_and_no_network_is_kept_where_tries_are_counted(tomas, noon, settings):
    try_password(Client(), "guess")
    kept = b"".join(file.read_bytes() for file in cache._file.path.parent.glob("cache*"))
    assert b"login." in kept
    assert b"tomas" not in kept
    assert b"198.51" not in kept


def test_without_the_counters_editors_come_in(tomas, monkeypatch):
    def broken(*args, **options):
        raise ConnectionError

    monkeypatch.setattr(cache, "incr", broken)
    assert try_password(Client(), PASSWORD).status_code == 302


# --- Which passwords ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "password1234", "123456789012", "tomas-tomas-", "thepersecuted1",
     "Persecuted-2026", "petitions-admin", "testserver12"],
)  # fmt: skip
def test_what_is_tried_first_is_refused(tomas, password):
    with pytest.raises(ValidationError):
        validate_password(password, tomas)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "только буквы и слова", "e" * 11 + "x" * 60, " blanks count ",
     "my petition is longer than that"],
)  # fmt: skip
def test_any_letters_do_and_long_ones_are_welcome(tomas, password):
    validate_password(password, tomas)
    tomas.set_password(password)
    tomas.save()
    assert try_password(Client(), password).status_code == 302
    assert b"errornote" in try_password(Client(), password.strip() + "x").content


# --- Logins end -----------------------------------------------------------------------------------


def test_another_password_ends_all_other_logins(client, tomas):
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(tomas)
    new = {"old_password": PASSWORD, "new_password1": "eleven-green-kettles",
           "new_password2": "eleven-green-kettles"}  # fmt: skip
    assert client.post("/admin/password_change/", new).url == "/admin/password_change/done/"
    assert is_in(client)
    assert not is_in(elsewhere)


def test_the_old_password_can_not_be_guessed_at_an_open_desk(client, tomas, noon):
    client.force_login(tomas)
    new = {"new_password1": "eleven-green-kettles", "new_password2": "eleven-green-kettles"}
    for _ in range(MANY):
        client.post("/admin/password_change/", new | {"old_password": "guess"})
    answer = client.post("/admin/password_change/", new | {"old_password": PASSWORD}, follow=True)
    assert b"Too many wrong tries" in answer.content
    tomas.refresh_from_db()
    assert tomas.check_password(PASSWORD)


def test_who_logs_out_is_out_also_with_a_copied_cookie(client, tomas):
    client.force_login(tomas)
    copied = client.cookies["sessionid"].value
    client.post("/admin/logout/")
    client.cookies["sessionid"] = copied
    assert not is_in(client)


@pytest.mark.parametrize("change", ["is_active", "is_staff"])
def test_who_is_put_off_the_desk_is_off_at_once(client, tomas, change):
    client.force_login(tomas)
    setattr(tomas, change, False)
    tomas.save()
    assert not is_in(client)


def test_a_login_ends_after_twelve_hours(client, tomas, settings):
    client.force_login(tomas)
    assert settings.SESSION_COOKIE_AGE == 12 * 3600
    assert not settings.SESSION_SAVE_EVERY_REQUEST
    session = client.session
    session.set_expiry(-1)
    session.save()
    assert not is_in(client)


# --- Asked again ----------------------------------------------------------------------------------


@pytest.fixture
def old_login(client, tomas):
    """Tomas came in twenty minutes ago."""
    client.force_login(tomas)
    age(client, 20)
    return client


def age(browser, minutes):
    session = browser.session
    session["proved_at"] = int(time.time()) - 60 * minutes
    session.save()


def test_what_is_grave_asks_for_the_password_again_and_then_opens(old_login, tomas):
    address = f"/admin/auth/user/{tomas.pk}/change/?_changelist_filters=x"
    asked = old_login.get(address)
    assert asked.url.startswith("/admin/again/?next=%2Fadmin%2Fauth%2Fuser")
    assert old_login.get(asked.url).status_code == 200
    before = old_login.cookies["sessionid"].value
    wrong = old_login.post("/admin/again/", {"next": address, "password": "guess"})
    assert wrong.status_code == 422
    right = old_login.post("/admin/again/", {"next": address, "password": PASSWORD})
    assert right.url == address
    assert old_login.get(address).status_code == 200
    assert old_login.cookies["sessionid"].value != before


def test_who_has_an_app_is_asked_for_its_number_too(old_login, tomas):
    seed = second_factor.new_seed()
    second_factor.set_up(tomas, seed, 0)
    form = {"next": "/admin/account/", "password": PASSWORD}
    assert old_login.post("/admin/again/", form).status_code == 422
    assert old_login.post("/admin/again/", form | {"code": number_now(seed)}).status_code == 302


def test_a_form_that_was_begun_in_time_is_taken_for_an_hour(old_login, tomas):
    assert old_login.post("/admin/account/", {"act": ""}).url == "/admin/account/"
    age(old_login, 61)
    assert old_login.post("/admin/account/", {"act": ""}).url.startswith("/admin/again/")


def test_what_is_grave_is_there(old_login, tomas):
    """A name that was mistyped would guard nothing."""
    from tests.advocacy.test_safe_methods import get_resolver, patterns

    names = {name.removeprefix("admin:") for name, _ in patterns(get_resolver())}
    assert names >= admin.GRAVE


def test_ordinary_work_is_not_interrupted(old_login):
    for address in ("/admin/", "/admin/stories/story/", "/admin/stories/story/add/"):
        assert old_login.get(address).status_code == 200


def test_one_is_led_back_within_the_site_only(old_login):
    form = {"next": "//evil.example/", "password": PASSWORD}
    assert old_login.post("/admin/again/", form).url == "/admin/"


def test_the_question_is_for_editors_only(client):
    assert client.get("/admin/again/").url.startswith("/admin/login/")


def test_passwords_are_not_tried_at_the_question_either(old_login, noon):
    for _ in range(MANY):
        old_login.post("/admin/again/", {"password": "guess"})
    assert b"Too many" in old_login.post("/admin/again/", {"password": PASSWORD}).content


# --- In production --------------------------------------------------------------------------------


def production(words: str, **environment: str) -> str:
    done = run(*code(f"from advocacy import settings as s; print({words})"),
               **PRODUCTION | environment)  # fmt: skip
    return done.stdout.strip()


def test_cookies_in_production_have_names_that_only_https_can_set():
    names = production("s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME").split()
    assert names == ["__Secure-session", "__Secure-csrf"]


def test_in_production_the_second_factor_is_required_unless_somebody_says_otherwise():
    assert production("s.EDITORS_SECOND_FACTOR") == "True"
    assert production("s.EDITORS_SECOND_FACTOR", DEMO="1") == "False"
    assert production("s.EDITORS_SECOND_FACTOR", EDITORS_SECOND_FACTOR="0") == "False"
