"""What a petition's page says of its time, its numbers and its end, to whoever reads it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from petitions import counting
from petitions.models import Tally
from stories.templatetags.days import last_hour
from stories.templatetags.numbers import grouped
from tests.factories import confirm, make_petition, make_signature, token_for

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 6, 9, 30, tzinfo=UTC)


@pytest.fixture
def read(client, monkeypatch):
    """The words of a petition's page at a moment, without its markup."""

    def words_of(petition, at=NOW, path=""):
        monkeypatch.setattr(timezone, "now", lambda: at)
        page = client.get(petition.get_absolute_url() + path).content.decode()
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))

    return words_of


def closing(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=UTC)


def petition_closing(at: datetime):
    return make_petition(closes_at=at, published_at=NOW - timedelta(days=30))


# --- Time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closes_at", "words"),
    [
        (closing(10), "3 days left: closes on 9 December 2026, at midnight UTC."),
        (closing(9, 15), "3 days left: closes on 9 December 2026, at 15:00 UTC."),
        (closing(8), "Closes tomorrow, 7 December 2026, at midnight UTC."),
        (closing(7, 12), "Closes tomorrow, 7 December 2026, at 12:00 UTC."),
        (closing(7), "Closes today, 6 December 2026, at midnight UTC: more than 14 hours left."),
        (closing(6, 11), "Closes today, 6 December 2026, at 11:00 UTC: more than 1 hour left."),
        (closing(6, 10), "Closes within the hour: 6 December 2026, at 10:00 UTC."),
    ],
)
def test_the_days_that_are_left_stand_in_words_with_date_and_clock(read, closes_at, words):
    assert words in read(petition_closing(closes_at))


def test_where_there_is_no_last_day_none_is_spoken_of(read):
    words = read(make_petition(published_at=NOW))
    assert "left:" not in words
    assert "Closes" not in words


def test_the_occasion_stands_with_its_day_and_place(read):
    petition = make_petition(
        published_at=NOW, occasion="Human Rights Day", occasion_on=closing(10).date(),
        occasion_place="Geneva",
    )  # fmt: skip
    assert "Human Rights Day, 10 December 2026, Geneva" in read(petition)


def test_the_clock_that_is_meant_is_named(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    timezone.get_default_timezone.cache_clear()
    try:
        assert last_hour(datetime(2026, 12, 9, 15, tzinfo=UTC)) == "midnight JST"
    finally:
        settings.TIME_ZONE = "UTC"
        timezone.get_default_timezone.cache_clear()


# --- Numbers ------------------------------------------------------------------------------------


def with_milestones(total: int, **wish):
    petition = make_petition(**wish)
    petition.milestones.create(count=1000, text="We hand it in.")
    petition.milestones.create(count=100, text="We write a letter.", reached_on=NOW.date())
    Tally.objects.create(petition=petition, total=total)
    return petition


def test_the_page_says_what_was_reached_and_what_happens_next(read):
    words = read(with_milestones(100, published_at=NOW))
    assert "100 of 1,000 signatures" in words
    assert "100 signatures were reached on 6 December 2026. We write a letter." in words
    assert "At 1,000 signatures: We hand it in." in words


def test_beyond_the_last_number_every_signature_still_counts(read):
    petition = with_milestones(1200, published_at=NOW)
    petition.milestones.update(reached_on=NOW.date())
    words = read(petition)
    assert "1,200 of 2,500 signatures" in words
    assert "That was the last number that we had named." in words


def test_the_public_number_is_the_same_small_answer_for_everybody(client, settings):
    petition = with_milestones(7)
    path = f"{petition.get_absolute_url()}count.json"
    first, second = client.get(path), client.get(path, headers={"accept-language": "fr"})
    assert first.json() == {"count": 7, "goal": 100, "open": True, "next": 10}
    assert first.content == second.content
    assert len(first.content) < 100
    assert first["Cache-Control"] == "public, max-age=5"
    settings.LIVE_COUNT_SECONDS = 0
    assert client.get(path).json()["next"] is None


def test_pages_of_a_closed_petition_are_told_to_ask_no_more(client):
    petition = make_petition(closes_at=timezone.now())
    answer = client.get(f"{petition.get_absolute_url()}count.json").json()
    assert (answer["open"], answer["next"]) == (False, None)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ru", "ar", "zh-hans", "he", "fa"])
def test_the_sample_from_which_scripts_learn_to_write_numbers_has_every_digit(language):
    with translation.override(language):
        digits = [sign for sign in grouped(9_876_543_210) if sign.isdigit()]
    assert [int(sign) for sign in digits] == list(range(9, -1, -1))


# --- The end ------------------------------------------------------------------------------------


def test_a_petition_that_was_won_says_so_has_no_form_and_leads_on(client):
    petition = make_petition(
        closes_at=timezone.now(), outcome="won", result="<p>She came home.</p>"
    )
    other = make_petition(title="Free the others")
    page = client.get(petition.get_absolute_url()).content.decode()
    assert "<form" not in page.split("<main")[1]
    assert "<live-count" not in page
    for words in ("Won", "She came home.", "What you can still sign", other.title):
        assert words in page
    assert "What comes of it will be said here" not in page


def test_a_closed_petition_without_a_result_promises_to_say_what_comes_of_it(client):
    page = client.get(make_petition(closes_at=timezone.now()).get_absolute_url())
    assert "What comes of it will be said here, whatever it is." in page.content.decode()


def test_an_open_petition_does_not_lead_away_to_others(client):
    petition = make_petition()
    make_petition()
    assert "What you can still sign" not in client.get(petition.get_absolute_url()).content.decode()


# --- After signing -------------------------------------------------------------------------------


def test_check_your_inbox_says_whose_letter_to_look_for_and_thanks_nobody_yet(client, settings):
    settings.DEFAULT_FROM_EMAIL = "The Persecuted <letters@example.org>"
    petition = make_petition()
    page = client.get(f"{petition.get_absolute_url()}signed/").content.decode()
    for words in ("letters@example.org", "spam", "Sign again", "5 times a day"):
        assert words in page
    assert "thank" not in page.split("<main")[1].split("</main")[0].lower()


@pytest.mark.parametrize("step", ["signed", "counted"])
def test_what_is_passed_on_after_signing_is_the_petitions_address_only(client, step):
    petition = make_petition()
    signature = make_signature(petition)
    token = token_for(signature)
    path = f"{petition.get_absolute_url()}signed/"
    if step == "counted":
        confirm(signature)
        counting.count_all()
        path = f"/signatures/{token}/"
    page = client.get(path).content.decode()
    share = page.split('class="share"')[1].split("</section>")[0].replace("<wbr>", "")
    assert f"https://testserver{petition.get_absolute_url()}<" in share
    assert token not in share
    for told in ("signatures/", "signed/", "I+signed", "I%20signed", "I%20have%20signed"):
        assert told not in share
    assert "It does not tell that you have signed." in share


def test_who_is_counted_is_shown_another_petition_and_how_to_get_news(client):
    petition, other = make_petition(), make_petition(title="Free the others")
    signature = make_signature(petition)
    token = token_for(signature)
    assert other.title not in client.get(f"/signatures/{token}/").content.decode()
    confirm(signature)
    page = client.get(f"/signatures/{token}/").content.decode()
    assert other.title in page
    assert "Write to me when there is news" in page
