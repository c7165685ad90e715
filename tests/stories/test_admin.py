"""The editors' desk: what Tomas enters there, everybody can read."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from petitions.models import LedgerEntry, Petition
from stories.models import (
    Country,
    Defender,
    Incident,
    Page,
    Partner,
    Quote,
    Source,
    Statistic,
    Story,
    Theme,
)
from tests import factories
from tests.factories import (
    make_country,
    make_defender,
    make_petition,
    make_photo,
    make_statistic,
    make_story,
    make_theme,
)
from tests.stories.desk import complaints, fill, save

pytestmark = pytest.mark.django_db
STORY = {
    "title": "A street falls silent",
    "slug": "a-street-falls-silent",
    "summary": "Nobody opens a window.",
    "body": "<p>Nobody opens a <strong>window</strong>.</p>",
    "status": "published",
}
DEFENDER = {
    "name": "Ana Ruiz",
    "slug": "ana-ruiz",
    "occupation": "Lawyer",
    "summary": "A lawyer who stays.",
    "what_they_defend": "The river.",
    "what_happened": "She was threatened.",
    "condition": "threatened",
    "condition_confirmed_on": "2026-11-03",
    "status": "published",
}
PETITION = {
    "title": "Protect Ana Ruiz",
    "short_title": "Protect Ana",
    "slug": "protect-ana-ruiz",
    "summary": "She needs protection.",
    "text": "<p>She needs protection.</p>",
    "status": "published",
}


def read(address: str) -> str:
    """The page as somebody without any cookie reads it."""
    response = Client().get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_a_story_with_its_sources_and_quotes(desk):
    country, theme, defender = make_country(), make_theme(), make_defender(name="Ana Ruiz")
    save(
        desk,
        "/admin/stories/story/add/",
        **STORY,
        countries=country.pk,
        themes=theme.pk,
        defenders=defender.pk,
        photo=make_photo(alt="Closed shutters.").pk,
        **{
            "sources-0-title": "Annual report",
            "sources-0-publisher": "A watchful newspaper",
            "sources-0-published": "2021",
            "sources-0-url": "https://example.org/report",
            "quotes-0-text": "We heard nothing.",
            "quotes-0-speaker": "A neighbour",
            "quotes-0-source_name": "A radio programme",
        },
    )
    page = read("/stories/a-street-falls-silent/")
    for words in ("A street falls silent", "<strong>window</strong>", "Annual report", "Iran",
                  "A watchful newspaper", "https://example.org/report", "We heard nothing.",
                  "A neighbour", "A radio programme", "Ana Ruiz", theme.name, "Closed shutters.",
                  "The editors"):  # fmt: skip
        assert words in page


def test_a_defender_and_afterwards_what_was_done_to_her(desk):
    add = "/admin/stories/defender/add/"
    source = {
        "sources-0-title": "Verdict",
        "sources-0-publisher": "The court",
        "sources-0-published": "2026",
    }
    save(desk, add, **DEFENDER, country=make_country("HN").pk, **source)
    ana = Defender.objects.get()
    incident = {
        "incidents-0-happened_on": "2026-03-16",
        "incidents-0-precision": "month",
        "incidents-0-text": "Men followed her home.",
        "incidents-0-source": Source.objects.get().pk,
    }
    save(desk, f"/admin/stories/defender/{ana.pk}/change/", **incident)
    page = read("/defenders/ana-ruiz/")
    for words in ("Ana Ruiz", "Lawyer", "Honduras", "The river.", "Threatened", "March 2026",
                  "Men followed her home.", "The court", "3 November 2026"):  # fmt: skip
        assert words in page
    assert "16 March 2026" not in page


def test_an_incident_is_not_offered_the_sources_of_somebody_else(desk):
    other = Source.objects.create(
        defender=make_defender(), title="Other", publisher="Other", published="2020"
    )
    ana = make_defender()
    response = fill(
        desk,
        f"/admin/stories/defender/{ana.pk}/change/",
        **{"incidents-0-happened_on": "2026-03-16", "incidents-0-text": "Followed.",
           "incidents-0-source": other.pk},
    )  # fmt: skip
    assert response.status_code == 200
    assert not Incident.objects.exists()


def test_a_country(desk):
    save(desk, "/admin/stories/country/add/", code="MM", intro="Since the coup.")
    assert Country.objects.get().code == "MM"
    page = read("/countries/mm/")
    assert "Myanmar" in page
    assert "Since the coup." in page


@pytest.mark.parametrize("code", ["mm", "M", "M1", "UK"])
def test_what_is_no_country_is_refused(desk, code):
    response = fill(desk, "/admin/stories/country/add/", code=code)
    assert response.status_code == 200
    assert complaints(response)


def test_a_country_is_found_by_its_name(desk):
    make_country("IR"), make_country("MM")
    query = "?app_label=stories&model_name=story&field_name=countries&term=myan"
    found = json.loads(desk.get(f"/admin/autocomplete/{query}").content)
    assert [row["id"] for row in found["results"]] == ["MM"]


def test_a_theme(desk):
    answers = {"name": "Scapegoating", "slug": "scapegoating", "definition": "Blaming many."}
    save(desk, "/admin/stories/theme/add/", **answers)
    assert Theme.objects.get().name == "Scapegoating"
    assert "Blaming many." in read("/themes/scapegoating/")


def test_a_number_with_its_source(desk):
    answers = {
        "label": "people were killed for defending rights",
        "qualifier": "at_least",
        "value": "281",
        "unit": "people",
        "scope": "in 22 countries",
        "year": "2016",
        "compared_value": "130",
        "compared_year": "2014",
        "source_name": "A yearbook",
        "source_url": "https://example.org/yearbook",
        "source_year": "2017",
        "is_featured": "on",
    }
    save(desk, "/admin/stories/statistic/add/", **answers)
    assert Statistic.objects.get().is_featured
    for address in ("/numbers/", "/"):
        page = read(address)
        for words in ("at least", "281", "in 22 countries", "2016", "130", "https://example.org"):
            assert words in page


def test_a_comparison_without_its_year_is_refused_with_our_sentence(desk):
    number = make_statistic()
    response = fill(desk, f"/admin/stories/statistic/{number.pk}/change/", compared_value="130")
    assert complaints(response) == ["A comparison needs both its value and its year."]


def test_a_quote(desk):
    make_story(slug="the-trial", title="The trial")
    answers = {
        "text": "Wir schweigen nicht.",
        "language": "de",
        "translation": "We will not be silent.",
        "speaker": "A witness",
        "source_name": "The record of the court",
        "story": Story.objects.get().pk,
    }
    save(desk, "/admin/stories/quote/add/", **answers)
    assert Quote.objects.get().language == "de"
    page = read("/stories/the-trial/")
    for words in ("Wir schweigen nicht.", 'lang="de"', "A witness", "The record of the court"):
        assert words in page


def test_a_quote_in_another_language_is_shown_with_its_translation():
    story = make_story(slug="the-trial")
    story.quotes.create(
        text="Wir schweigen nicht.", language="de", translation="We will not be silent.",
        speaker="A witness", source_name="The record",
    )  # fmt: skip
    assert "We will not be silent." in read("/stories/the-trial/")


def test_a_page_in_the_menu(desk):
    answers = {"title": "About us", "slug": "about", "summary": "Who we are.",
               "body": "<h2>How we work</h2>", "is_in_menu": "on", "position": "1",
               "status": "published"}  # fmt: skip
    save(desk, "/admin/stories/page/add/", **answers)
    assert Page.objects.get().is_in_menu
    assert "<h2>How we work</h2>" in read("/about/")
    assert 'href="/about/"' in read("/stories/")


def test_a_partner(desk):
    answers = {"name": "Writers’ House", "url": "https://example.org", "role": "Translates."}
    save(desk, "/admin/stories/partner/add/", **answers)
    assert Partner.objects.get().role == "Translates."
    assert "Writers’ House" in read("/")


@pytest.mark.parametrize(
    "evil",
    ["<script>alert(1)</script>", '<p onclick="alert(1)">x</p>', '<img src="https://e.vil/x.png">',
     '<a href="javascript:alert(1)">x</a>', '<a href="data:text/html,x">x</a>', "<h1>x</h1>",
     '<p style="position:fixed">x</p>', "<iframe src='https://e.vil'></iframe>", "<svg/onload=x>",
     '<a href="JaVaScRiPt:alert(1)">x</a>', '<form action="https://e.vil"><input></form>']
)  # fmt: skip
def test_what_could_harm_a_reader_does_not_get_into_a_text(desk, evil):
    save(
        desk, "/admin/stories/story/add/", **STORY | {"body": f"<p>Before.</p>{evil}<p>After.</p>"}
    )
    body = Story.objects.get().body
    assert "<p>Before.</p>" in body
    for word in ("script", "onclick", "onload", "javascript", "data:", "e.vil", "style", "<h1",
                 "<svg", "<form", "<input"):  # fmt: skip
        assert word not in body.lower()


def test_what_the_toolbar_offers_stays_in_the_text(desk):
    body = (
        '<h2>Why</h2><p><strong>a</strong> <em>b</em> <a href="https://example.org">c</a></p>'
        "<blockquote><p>d</p></blockquote><ul><li><p>e</p></li></ul>"
    )
    save(desk, "/admin/stories/story/add/", **STORY | {"body": body})
    stored = Story.objects.get().body
    for piece in ("<h2>", "<strong>", "<em>", 'href="https://example.org"', "<blockquote>", "<li>"):
        assert piece in stored


@pytest.mark.parametrize("field", ["text", "result"])
def test_the_texts_of_petitions_are_cleaned_too(desk, field):
    petition = make_petition()
    change = f"/admin/petitions/petition/{petition.pk}/change/"
    save(desk, change, **{field: "<p>Safe.</p><script>alert(1)</script>"})
    petition.refresh_from_db()
    assert getattr(petition, field) == "<p>Safe.</p>"


def test_publishing_without_a_moment_means_now(desk):
    before = timezone.now()
    save(desk, "/admin/stories/story/add/", **STORY)
    assert before <= Story.objects.get().published_at <= timezone.now()


def test_a_moment_to_come_schedules_the_story(desk):
    day = (timezone.now() + timedelta(days=1)).date().isoformat()
    moment = {"published_at_0": day, "published_at_1": "08:00"}
    save(desk, "/admin/stories/story/add/", **STORY, **moment)
    assert Client().get("/stories/a-street-falls-silent/").status_code == 404


def test_a_draft_stays_without_a_moment(desk):
    save(desk, "/admin/stories/story/add/", **STORY | {"status": "draft"})
    assert Story.objects.get().published_at is None


def test_a_petition_published_on_the_desk_can_be_signed(desk, keys, send_letters):
    partner = Partner.objects.create(name="Writers’ House", url="https://example.org", role="r")
    save(
        desk,
        "/admin/petitions/petition/add/",
        **PETITION,
        partners=partner.pk,
        **{
            "demands-0-text": "Give her protection.",
            "demands-0-addressee": "The minister",
            "demands-0-position": "1",
            "milestones-0-count": "1000",
            "milestones-0-text": "We hand it in.",
        },
    )
    page = read("/petitions/protect-ana-ruiz/")
    for words in ("Protect Ana Ruiz", "Give her protection.", "The minister", "We hand it in.",
                  "1,000", "Writers’ House"):  # fmt: skip
        assert words in page
    petition = Petition.objects.get()
    assert petition.sealing_key_id
    assert petition.duplicate_key_id
    form = factories.honest() | {"name": "Mira Novak", "email": "mira@example.org"}
    response = Client().post("/petitions/protect-ana-ruiz/sign/", form)
    assert response.url == "/petitions/protect-ana-ruiz/signed/"
    assert len(send_letters().to("mira@example.org")) == 1
    factories.confirm(factories.signature_of(petition))
    assert LedgerEntry.objects.get().petition == petition


def test_a_petition_keeps_its_keys_when_it_is_edited(desk):
    petition = make_petition()
    save(desk, f"/admin/petitions/petition/{petition.pk}/change/", title="Another title")
    again = Petition.objects.get()
    assert again.title == "Another title"
    assert again.sealing_key_id == petition.sealing_key_id
    assert again.duplicate_key_id == petition.duplicate_key_id


def test_an_outcome_before_the_end_is_refused_with_our_sentence(desk):
    sentence = "A petition with an outcome has closed: say when."
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    for end in ({}, {"closes_at_0": tomorrow, "closes_at_1": "08:00"}):
        response = fill(desk, "/admin/petitions/petition/add/", **PETITION, outcome="won", **end)
        assert complaints(response) == [sentence]
    assert not Petition.objects.exists()


def test_a_petition_that_was_won_says_so(desk):
    petition = make_petition(slug="free-them")
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    end = {"closes_at_0": yesterday, "closes_at_1": "08:00"}
    change = f"/admin/petitions/petition/{petition.pk}/change/"
    save(desk, change, outcome="won", result="<p>They are free.</p>", **end)
    page = read("/petitions/free-them/")
    assert "Won" in page
    assert "They are free." in page
    assert "/sign/" not in page


def test_a_milestone_is_entered_once(desk):
    petition = make_petition()
    petition.milestones.create(count=1000)
    response = fill(
        desk,
        f"/admin/petitions/petition/{petition.pk}/change/",
        **{"milestones-1-count": "1000"},
    )
    assert response.status_code == 200
    assert complaints(response)


def test_without_keys_no_petition_is_saved_and_the_desk_says_why(desk, settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    response = fill(desk, "/admin/petitions/petition/add/", **PETITION)
    assert complaints(response) == ["Signatures could not be sealed: keys are missing here."]


def test_a_petition_that_somebody_signed_can_not_be_deleted(desk):
    petition = make_petition()
    factories.sign(petition)
    assert desk.post(f"/admin/petitions/petition/{petition.pk}/delete/", {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": petition.pk, "post": "yes"}
    desk.post("/admin/petitions/petition/", chosen)
    assert Petition.objects.get() == petition


def test_nobody_reads_signatures_on_the_desk(desk):
    factories.sign(make_petition())
    home = desk.get("/admin/").content.decode()
    assert "/admin/petitions/petition/" in home
    for name in ("signature", "letter", "ledgerentry", "tally"):
        assert f"/admin/petitions/{name}/" not in home
        assert desk.get(f"/admin/petitions/{name}/").status_code == 404


@pytest.mark.parametrize("slug", ["petitions", "stories", "admin"])
def test_a_page_whose_address_is_taken_is_refused(desk, slug):
    answers = {"title": "T", "slug": slug, "summary": "S.", "status": "published"}
    response = fill(desk, "/admin/stories/page/add/", **answers)
    assert response.status_code == 200
    assert complaints(response)


def test_strangers_are_asked_to_log_in(client):
    for address in ("/admin/", "/admin/stories/story/", "/admin/petitions/petition/add/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/")
