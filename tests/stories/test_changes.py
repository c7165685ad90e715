"""What is new about a story or a person is found by whoever comes back, and by their machines."""

import json
import re
from datetime import date, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from stories import search
from stories.models import Story, Update
from tests.factories import make_defender, make_story
from tests.stories.desk import complaints, fill, save

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("make", [make_story, make_defender])


@pytest.fixture
def read(client):
    """A page's text."""
    return lambda row: client.get(row.get_absolute_url()).content.decode()


def desk_of(row) -> str:
    """Where a row is edited."""
    return f"/admin/stories/{row._meta.model_name}/{row.pk}/change/"


def new_update(**wish: str) -> dict[str, str]:
    """What an editor types into the first empty update."""
    update = {"made_on": "2026-10-12", "title": "She was heard", "text": "<p>In court.</p>"}
    return {f"updates-0-{name}": value for name, value in (update | wish).items()}


@BOTH
def test_updates_stand_on_the_page_the_newest_first_with_addresses_of_their_own(read, make):
    row = make()
    assert 'id="updates"' not in read(row)
    assert 'class="newest"' not in read(row)
    old = row.updates.create(made_on=date(2026, 1, 2), title="Taken", text="<p>At night.</p>")
    new = row.updates.create(made_on=date(2026, 3, 4), title="Heard", text="<p>In court.</p>")
    page = read(row)
    assert page.index(f'id="update-{new.pk}"') < page.index(f'id="update-{old.pk}"')
    for words in ('<time datetime="2026-03-04">4 March 2026</time>', "<p>In court.</p>"):
        assert words in page
    assert new.get_absolute_url() == f"{row.get_absolute_url()}#update-{new.pk}"


@BOTH
def test_a_line_at_the_top_leads_to_the_newest(read, make):
    row = make()
    row.updates.create(made_on=date(2026, 1, 2), title="Taken", text="<p>x</p>")
    new = row.updates.create(made_on=date(2026, 3, 4), title="Heard", text="<p>x</p>")
    head = read(row).partition('<header class="page-head">')[2].partition("</header>")[0]
    assert f'href="#update-{new.pk}"' in head
    assert "Heard" in head
    assert "Taken" not in head


@BOTH
def test_an_editor_adds_one_and_what_could_harm_a_reader_is_left_out(desk, read, make):
    row = make()
    save(desk, desk_of(row), **new_update(text="<p>In court.</p><script>alert(1)</script>"))
    assert row.updates.get().text == "<p>In court.</p>"
    assert "She was heard" in read(row)


@BOTH
def test_an_update_without_words_is_refused(desk, make):
    row = make()
    assert complaints(fill(desk, desk_of(row), **new_update(title="")))
    assert not Update.objects.exists()


def test_a_story_has_changed_when_nothing_but_an_update_was_saved(desk, client):
    story = make_story(published_at=timezone.now() - timedelta(days=40))
    long_ago = timezone.now() - timedelta(days=30)
    Story.objects.filter(pk=story.pk).update(updated_at=long_ago)
    before = client.get("/feeds/atom.xml")
    save(desk, desk_of(story), **new_update())
    story.refresh_from_db()
    assert story.updated_at > timezone.now() - timedelta(minutes=1)
    data = re.search(
        r'ld\+json">(.*?)</script>', client.get(story.get_absolute_url()).content.decode()
    )
    assert json.loads(data[1])["@graph"][0]["dateModified"] == story.updated_at.isoformat()
    after = client.get("/feeds/atom.xml", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200


@pytest.mark.parametrize("form", ["atom.xml", "rss.xml", "feed.json"])
def test_feeds_carry_what_is_new(client, form):
    story = make_story()
    story.updates.create(made_on=date(2026, 3, 4), title="Fish & <rivers>", text="<p>In court.</p>")
    feed = client.get(f"/feeds/{form}").content.decode()
    for words in ("What has happened since", "4 March 2026", "In court."):
        assert words in feed
    assert "<rivers>" not in feed


def test_feeds_ask_no_more_for_more_stories(client, django_assert_num_queries):
    for number in range(3):
        story = make_story()
        story.updates.create(title=f"No. {number}", text="<p>x</p>")
        story.sources.create(title="T", publisher="P", published="2021")
    # Stories with their themes, sources and updates; petitions; what was withdrawn.
    with django_assert_num_queries(6):
        client.get("/feeds/atom.xml")


@BOTH
def test_the_words_of_updates_are_found(desk, client, make):
    row = make()
    save(
        desk, desk_of(row), **new_update(title="Acquitted", text="<p>By the <em>tribunal</em>.</p>")
    )
    for query in ("acquitted", "tribunal"):
        assert row.get_absolute_url() in client.get(f"/search/?q={query}").content.decode()


def test_other_spellings_find_a_person(desk, client):
    ana = make_defender(name="Ana Ruiz")
    save(desk, desk_of(ana), other_names="Anna Ruis\nАна Руис")
    for query in ("anna+ruis", "руис", "ruis"):
        assert ana.get_absolute_url() in client.get(f"/search/?q={query}").content.decode(), query


def test_indexing_asks_no_more_for_more_rows(django_assert_num_queries):
    for number in range(4):
        make_story().updates.create(title=f"No. {number}", text="<p>x</p>")
    searchable = search.SEARCHABLE[Story]
    keys = list(searchable.public().values_list("pk", flat=True))
    ContentType.objects.get_for_model(Story)
    # Rows, their updates, their translations, what is written, writing.
    with django_assert_num_queries(5):
        search._write(searchable, keys)


# --- What is old ----------------------------------------------------------------------------------


def test_an_old_story_says_so_at_its_top(read):
    moment = timezone.now() - timedelta(days=731)
    page = read(make_story(published_at=moment))
    head = page.partition("</header>")[2].partition("</header>")[0]
    assert f"This was published in {moment.year};" in head


def test_a_newer_story_does_not(read):
    assert "This was published in" not in read(make_story())
    newer = make_story(published_at=timezone.now() - timedelta(days=729))
    assert "This was published in" not in read(newer)


def test_the_line_above_the_title_is_the_editors_or_else_the_kind(read, client):
    make_story(kicker="A week of <rivers>", kind="campaign", slug="the-door")
    story = Story.objects.get()
    page = read(story)
    assert "A week of &lt;rivers&gt;" in page
    assert "Campaign" not in page
    assert "A week of &lt;rivers&gt; ·" in client.get("/stories/").content.decode()
    for kind, words in (("campaign", "Campaign"), ("outcome", "Outcome")):
        assert words in read(make_story(kind=kind))


def test_readers_see_when_a_story_was_last_checked(read):
    assert "last checked" not in read(make_story())
    page = read(make_story(checked_on=date(2026, 3, 4)))
    assert 'last checked <time datetime="2026-03-04">4 March 2026</time>' in page
