"""What to read next: the rule of `related.py`, one step at a time."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from stories import related
from stories.models import Partner
from tests.factories import (
    make_country,
    make_defender,
    make_petition,
    make_statistic,
    make_story,
    make_theme,
)

pytestmark = pytest.mark.django_db


def story(title: str, *, days: int = 1, defenders=(), countries=(), themes=(), **wish: object):
    """A story of so many days ago, with what it is about."""
    moment = timezone.now() - timedelta(days=days)
    row = make_story(title=title, **{"published_at": moment} | wish)
    row.defenders.add(*defenders)
    row.countries.add(*countries)
    row.themes.add(*themes)
    return row


def titles(row) -> list[str]:
    """What is offered after a story."""
    return [other.title for other in related.stories(row)]


def names(row) -> list[str]:
    """Who is offered after somebody."""
    return [other.name for other in related.people(row)]


def test_the_same_person_comes_first_then_country_and_theme_then_one_of_the_two_then_the_newest():
    ana, iran, exile = make_defender(), make_country("IR"), make_theme()
    about = {"defenders": [ana], "countries": [iran], "themes": [exile]}
    here = story("Here", **about)
    story("Newest", days=1)
    assert titles(here) == ["Newest"]
    story("Same theme", days=20, themes=[exile])
    assert titles(here) == ["Same theme", "Newest"]
    story("Same country", days=10, countries=[iran])
    assert titles(here) == ["Same country", "Same theme", "Newest"]
    story("Both", days=30, countries=[iran], themes=[exile])
    assert titles(here) == ["Both", "Same country", "Same theme"]
    story("Same person", days=40, defenders=[ana])
    assert titles(here) == ["Same person", "Both", "Same country"]


def test_nothing_is_offered_twice_or_to_itself_however_much_is_shared():
    people, countries = [make_defender(), make_defender()], [make_country("IR"), make_country("MM")]
    themes = [make_theme(), make_theme()]
    about = {"defenders": people, "countries": countries, "themes": themes}
    here = story("Here", **about)
    story("There", **about)
    assert titles(here) == ["There"]
    for person in people:
        person.themes.add(*themes)
    assert names(people[0]) == [people[1].name]


def test_somebody_whose_profile_is_not_public_leads_from_no_story_to_another():
    hidden = make_defender(status="draft", published_at=None)
    here = story("Here", defenders=[hidden])
    story("Old, with the same hidden person", days=9, defenders=[hidden])
    story("New", days=2)
    assert titles(here)[0] == "New"


def test_drafts_are_offered_to_nobody():
    here = story("Here")
    story("Draft", status="draft")
    story("Tomorrow", days=-1)
    assert titles(here) == []
    ana = make_defender()
    make_defender(status="draft")
    assert names(ana) == []


def test_people_named_together_come_first_then_those_of_the_same_country_and_theme():
    iran, exile = make_country("IR"), make_theme()
    ana = make_defender(name="Ana", country=iran)
    ana.themes.add(exile)
    make_defender(name="Far", country=make_country("MM"), condition_confirmed_on=date(2026, 11, 9))
    assert names(ana) == ["Far"]
    make_defender(name="Near", country=iran)
    both = make_defender(name="Both", country=iran)
    both.themes.add(exile)
    assert names(ana) == ["Both", "Near", "Far"]
    asked = make_defender(name="Asked for together", country=make_country("GT"))
    make_petition().defenders.add(ana, asked)
    told = make_defender(name="Told of together", country=make_country("HN"))
    story("Both of them", defenders=[ana, told])
    assert names(ana) == ["Asked for together", "Told of together", "Both"]


def test_what_is_not_public_brings_nobody_together():
    ana = make_defender(name="Ana", country=make_country("IR"))
    other = make_defender(country=make_country("MM"), condition_confirmed_on=date(2020, 1, 2))
    newest = make_defender(country=make_country("GT"))
    story("Draft", defenders=[ana, other], status="draft")
    make_petition(status="draft").defenders.add(ana, other)
    assert names(ana)[0] == newest.name


def test_each_rule_is_one_question_to_the_database(django_assert_num_queries):
    ana, exile = make_defender(), make_theme()
    here = story("Here", defenders=[ana], themes=[exile])
    for number in range(5):
        story(f"No. {number}", defenders=[ana], themes=[exile], countries=[make_country("IR")])
        make_defender().themes.add(exile)
    with django_assert_num_queries(1):
        assert [other.photo for other in related.stories(here)] == [None] * 3
    with django_assert_num_queries(1):
        assert len([other.country.name for other in related.people(ana)]) == 3


# --- There and back -------------------------------------------------------------------------------


@pytest.fixture
def read(client):
    """A page's text."""
    return lambda row: client.get(row.get_absolute_url()).content.decode()


def test_from_every_page_one_gets_to_what_belongs_to_it_and_back(read, client):
    iran, exile = make_country("IR"), make_theme()
    ana = make_defender(country=iran)
    ana.themes.add(exile)
    told = story("Told", defenders=[ana], countries=[iran], themes=[exile])
    asked = make_petition()
    for name, row in (("defenders", ana), ("stories", told), ("countries", iran),
                      ("themes", exile)):  # fmt: skip
        getattr(asked, name).add(row)
    rows = [told, ana, asked, iran, exile]
    for here in rows:
        page = read(here)
        for there in rows:
            if here != there:
                assert f'href="{there.get_absolute_url()}"' in page, f"{here!r} → {there!r}"
    number = make_statistic(theme=exile, country=iran)
    for here in (iran, exile):
        assert f'href="{number.get_absolute_url()}"' in read(here)
    numbers = client.get("/numbers/").content.decode()
    assert f'id="number-{number.pk}"' in numbers
    for there in (iran, exile):
        assert f'href="{there.get_absolute_url()}"' in numbers


def test_a_quote_leads_to_whoever_said_it_and_to_the_story_that_it_is_from(read):
    told, ana = make_story(title="The trial"), make_defender()
    told.quotes.create(text="I stay.", speaker="Ana", source_name="N", defender=ana)
    assert f'<cite><a href="{ana.get_absolute_url()}">Ana</a></cite>' in read(told)
    assert f'href="{told.get_absolute_url()}"' in read(ana)


def test_a_quote_leads_to_nothing_that_is_not_public(read):
    told, draft = make_story(), make_story(title="The trial", status="draft")
    ana, hidden = make_defender(), make_defender(status="draft")
    said = {"text": "I stay.", "speaker": "Ana", "source_name": "N"}
    told.quotes.create(**said, defender=hidden)
    draft.quotes.create(**said, defender=ana)
    assert "<cite>Ana</cite>" in read(told)
    assert "I stay." in read(ana)
    assert "The trial" not in read(ana)


def test_a_partner_leads_to_the_petitions_that_they_ask_with_us(client):
    partner = Partner.objects.create(name="Writers’ House", url="https://example.org", role="r")
    asked, draft = make_petition(), make_petition(status="draft")
    for petition in (asked, draft):
        petition.partners.add(partner)
    home = client.get("/").content.decode()
    partners = home[home.index('class="partners"') :]
    assert f'href="{asked.get_absolute_url()}"' in partners
    assert draft.get_absolute_url() not in partners
