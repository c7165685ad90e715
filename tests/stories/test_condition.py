"""What a profile says of somebody's condition: never more than is known."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from stories.models import Defender
from tests.factories import make_defender
from tests.stories.desk import complaints, fill, save

pytestmark = pytest.mark.django_db


def day(number: int):
    """A day so many days from today."""
    return timezone.now().date() + timedelta(days=number)


def make_detained(**wish: object) -> Defender:
    """Somebody held since a day that is known, confirmed yesterday."""
    held = {"condition": "detained", "condition_since": day(-1204)}
    return make_defender(**held | {"condition_confirmed_on": day(-1)} | wish)


@pytest.fixture
def read(client):
    """A profile's text, with single blanks."""
    return lambda row: " ".join(client.get(row.get_absolute_url()).content.decode().split())


@pytest.mark.parametrize("condition", ["detained", "disappeared"])
def test_the_days_of_whoever_is_held_or_missing_are_counted(read, condition):
    assert "for 1,204 days" in read(make_detained(condition=condition))


def test_one_day_is_a_day(read):
    assert "for 1 day<" in read(make_detained(condition_since=day(-1)))


@pytest.mark.parametrize(
    "wish",
    [{"condition": "killed"}, {"condition": "died"}, {"condition": "released"},
     {"condition": "threatened"}, {"condition": "unknown"},
     {"condition_since_precision": "month"}, {"condition_since_precision": "year"},
     {"condition_since": None}, {"condition_since": day(0)}, {"condition_since": day(3)},
     # The page says that it may be out of date; a growing number would deny that.
     {"condition_confirmed_on": day(-91)}, {"review_by": day(-1)}]
)  # fmt: skip
def test_nothing_is_counted_for_the_dead_or_where_nobody_can_say(read, wish):
    ana = make_detained(**wish)
    assert ana.days_count is None
    said = read(ana).partition('class="condition"')[2].partition("</p>")[0]
    assert " days" not in said


def test_whoever_has_disappeared_is_missing_until_they_are_found(read):
    ana = make_detained(condition="disappeared", condition_confirmed_on=day(-400))
    assert ana.is_being_checked
    assert "for 1,204 days" in read(ana)


@pytest.mark.parametrize(
    ("precision", "words"),
    [("day", 'since <time datetime="2021-06-16">16 June 2021</time>'),
     ("month", 'since <time datetime="2021-06">June 2021</time>'),
     ("year", 'since <time datetime="2021">2021</time>')]
)  # fmt: skip
def test_since_when_is_said_as_exactly_as_it_is_known(read, precision, words):
    wish = {"condition_since": date(2021, 6, 16), "condition_since_precision": precision}
    assert words in read(make_detained(**wish))


@pytest.mark.parametrize("condition", ["died", "killed"])
def test_whoever_has_died_is_remembered_once_and_apart(read, client, condition):
    ana = make_defender(name="Ana Ruiz", condition=condition)
    assert 'class="memorial"' in read(ana)
    page = client.get("/defenders/").content.decode()
    assert page.index("In memory") < page.index("Ana Ruiz")
    assert page.count("Ana Ruiz") == 1


def test_a_fate_that_nobody_knows_is_not_a_death(client, read):
    ana = make_defender(name="Ana Ruiz", condition="unknown")
    assert "Fate unknown" in read(ana)
    assert "In memory" not in client.get("/defenders/").content.decode()


def test_the_page_says_who_confirmed_it_and_leads_there(read):
    ana = make_detained()
    source = ana.sources.create(title="T", publisher="The court", published="2026")
    Defender.objects.filter(pk=ana.pk).update(condition_source=source)
    page = read(ana)
    assert f'by <a href="#source-{source.pk}">The court</a>' in page
    assert f'id="source-{source.pk}"' in page


def test_a_source_that_is_not_shown_or_is_of_somebody_else_is_not_named_there(read):
    ana, other = make_detained(), make_detained()
    own = ana.sources.create(title="T", publisher="Hidden One", published="2026", is_withheld=True)
    foreign = other.sources.create(title="T", publisher="Foreign One", published="2026")
    for source in (own, foreign):
        Defender.objects.filter(pk=ana.pk).update(condition_source=source)
        page = read(ana)
        assert source.publisher not in page
        assert f"#source-{source.pk}" not in page


def test_the_desk_offers_only_sources_of_this_profile_that_readers_see(desk):
    ana, other = make_detained(), make_detained()
    address = f"/admin/stories/defender/{ana.pk}/change/"
    facts = {"title": "T", "publisher": "P", "published": "2026"}
    shown = ana.sources.create(**facts)
    withheld = ana.sources.create(**facts, is_withheld=True)
    foreign = other.sources.create(**facts)
    for source in (withheld, foreign):
        assert complaints(fill(desk, address, condition_source=source.pk))
    save(desk, address, condition_source=shown.pk)
    ana.refresh_from_db()
    assert ana.condition_source == shown


def test_a_list_asks_nobody_who_confirmed_it(client, django_assert_max_num_queries):
    for _ in range(3):
        ana = make_detained()
        ana.condition_source = ana.sources.create(title="T", publisher="P", published="2026")
        ana.save()
    with django_assert_max_num_queries(3):
        assert client.get("/defenders/").content.count(b"1,204 days") == 3
