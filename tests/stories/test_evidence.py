"""How we know: incidents that say what they are, and sources that may or may not be named."""

from datetime import date

import pytest

from stories import search
from stories.models import Incident
from tests.factories import make_country, make_defender, make_statistic, make_story, make_theme
from tests.stories.desk import complaints, fill, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client):
    """A page's text, with single blanks."""

    def page(row) -> str:
        return " ".join(client.get(row.get_absolute_url()).content.decode().split())

    return page


def incident_of(defender, **wish: object) -> Incident:
    """Something that was done to somebody."""
    defaults = {"happened_on": date(2026, 3, 16), "text": "Men followed her."}
    return defender.incidents.create(**defaults | wish)


@pytest.mark.parametrize(
    ("wish", "words"),
    [({}, "<li>Reported</li>"),
     ({"verification": "confirmed"}, "<li>Confirmed by several sources</li>"),
     ({"verification": "checking"}, "<li><strong>We are checking this</strong></li>"),
     ({"violation": "attack"}, "<li>Attack</li>"),
     ({"violation": "attack", "perpetrator": "state"}, "<li>Attack by a state</li>"),
     ({"violation": "attack", "perpetrator": "unknown"}, "<li>Attack, not known by whom</li>"),
     ({"perpetrator": "company"}, "<li>by a company</li>"),
     ({"perpetrator": "unknown"}, "<li>not known by whom</li>"),
     ({"place": "The valley"}, '<li><bdi>The valley</bdi></li>')]
)  # fmt: skip
def test_an_incident_says_in_words_what_it_was_and_how_sure_we_are(read, wish, words):
    ana = make_defender()
    incident_of(ana, **wish)
    assert words in read(ana)


@pytest.mark.parametrize(
    ("precision", "ended_on", "words"),
    [("day", None, "16 March 2026</time></p>"),
     ("day", date(2026, 3, 16), "16 March 2026</time></p>"),
     ("day", date(2026, 3, 18), "16 March 2026</time> to "
                                '<time datetime="2026-03-18">18 March 2026</time>'),
     ("month", date(2026, 3, 18), '<time datetime="2026-03">March 2026</time></p>'),
     ("month", date(2026, 5, 1), 'March 2026</time> to <time datetime="2026-05">May 2026</time>'),
     ("year", date(2026, 5, 1), '<time datetime="2026">2026</time></p>'),
     ("year", date(2027, 1, 1), '2026</time> to <time datetime="2027">2027</time>')]
)  # fmt: skip
def test_a_while_is_written_no_more_exactly_than_it_is_known(read, precision, ended_on, words):
    ana = make_defender()
    incident_of(ana, precision=precision, ended_on=ended_on)
    assert words in read(ana)


def test_an_incident_is_entered_with_all_of_it(desk, read):
    ana = make_defender()
    answers = {"happened_on": "2026-03-16", "ended_on": "2026-04-16", "text": "Held.",
               "violation": "detention", "perpetrator": "state", "place": "Zanjan province",
               "verification": "confirmed"}  # fmt: skip
    address = f"/admin/stories/defender/{ana.pk}/change/"
    save(desk, address, **{f"incidents-0-{name}": value for name, value in answers.items()})
    page = read(ana)
    for words in ("16 March 2026", "16 April 2026", "Detention by a state", "Zanjan province",
                  "Confirmed by several sources"):  # fmt: skip
        assert words in page


@pytest.mark.parametrize(
    "wrong",
    [{"place": "House 7"}, {"place": "35.7, 51.4"}, {"place": "۱۲ Azadi"},
     {"ended_on": "2026-03-15"}]
)  # fmt: skip
def test_a_place_that_leads_to_a_door_and_an_end_before_the_beginning_are_refused(desk, wrong):
    ana = make_defender()
    answers = {"happened_on": "2026-03-16", "text": "Held."} | wrong
    address = f"/admin/stories/defender/{ana.pk}/change/"
    answers = {f"incidents-0-{name}": value for name, value in answers.items()}
    assert complaints(fill(desk, address, **answers))


# --- Sources --------------------------------------------------------------------------------------

HIDDEN = {
    "title": "Hidden title", "publisher": "Hidden publisher", "published": "Hidden day",
    "url": "https://hidden.example/", "archive_url": "https://hidden.example/copy",
    "opened_on": date(2026, 3, 4), "is_withheld": True,
}  # fmt: skip


def test_a_source_is_shown_with_its_copy_and_the_day_when_it_was_read(read):
    story = make_story()
    story.sources.create(
        title="A report", publisher="P", published="2021", opened_on=date(2026, 3, 4),
        archive_url="https://example.org/copy",
    )  # fmt: skip
    page = read(story)
    assert '<a href="https://example.org/copy">copy<span class="visually-hidden">' in page
    assert 'opened <time datetime="2026-03-04">4 March 2026</time>' in page


@pytest.mark.parametrize("make", [make_story, make_defender])
def test_a_source_that_we_protect_is_counted_and_otherwise_nowhere(client, read, make):
    row = make(slug="row")
    if hasattr(row, "incidents"):
        hidden = row.sources.create(**HIDDEN)
        incident_of(row, source=hidden)
        row.condition_source = hidden
        row.save()
    else:
        row.sources.create(**HIDDEN)
    search.index_all()
    assert "1 source is not named here, to protect whoever told us." in read(row)
    row.sources.create(**HIDDEN)
    assert "2 sources are not named here, to protect those who told us." in read(row)
    shown = row.sources.create(title="A report", publisher="P", published="2021")
    pages = [row.get_absolute_url(), "/", "/stories/", "/defenders/", "/countries/ir/",
             "/feeds/atom.xml", "/feeds/rss.xml", "/feeds/feed.json", "/sitemap-stories.xml",
             "/search/?q=hidden"]  # fmt: skip
    for address in pages:
        text = client.get(address).content.decode().replace("/search/?q=hidden", "")
        for secret in ("Hidden ", "hidden.example", "4 March 2026"):
            assert secret not in text, address
    page = read(row)
    assert page.count('id="source-') == 1
    assert f'id="source-{shown.pk}"' in page
    for source in row.sources.filter(is_withheld=True):
        assert f"#source-{source.pk}" not in page


def test_a_feed_says_how_many_sources_it_does_not_name(client):
    make_story().sources.create(**HIDDEN)
    feed = client.get("/feeds/feed.json").content.decode()
    assert "1 source is not named here" in feed


def test_an_editor_withholds_a_source_and_the_incident_stays(desk, read):
    ana = make_defender()
    source = ana.sources.create(title="Verdict", publisher="The court", published="2026")
    incident_of(ana, source=source)
    assert f'<a href="#source-{source.pk}">The court</a>' in read(ana)
    address = f"/admin/stories/defender/{ana.pk}/change/"
    save(desk, address, **{"sources-0-is_withheld": "on"})
    page = read(ana)
    assert "Men followed her." in page
    assert "The court" not in page
    assert Incident.objects.get().source == source


# --- Numbers, themes, countries -------------------------------------------------------------------


def test_a_number_leads_to_the_copy_of_its_source(client):
    make_statistic(archive_url="https://example.org/copy", is_featured=True)
    for address in ("/", "/numbers/"):
        assert 'href="https://example.org/copy"' in client.get(address).content.decode()


def test_a_theme_says_how_it_counts_and_is_found_by_it(read, client):
    theme = make_theme(slug="exile", method="We count people & not <cases>.")
    assert "We count people &amp; not &lt;cases&gt;." in read(theme)
    search.index_all()
    assert "/themes/exile/" in client.get("/search/?q=cases").content.decode()
    assert 'id="method"' not in read(make_theme())


def test_a_country_says_what_is_disputed_and_each_map_that_it_judges_nothing(read, client):
    country = make_country("IR")
    country.boundary_note = "A part of this border is disputed."
    country.save()
    assert "A part of this border is disputed." in read(country)
    make_defender(country=country)
    for address in ("/", "/countries/"):
        assert "say nothing of our opinion" in client.get(address).content.decode(), address


# --- Who it is about ------------------------------------------------------------------------------


def test_other_spellings_stand_on_the_profile_each_in_its_direction(read):
    page = read(make_defender(other_names="Anna Ruis\n\n  آنا روئیز  \n"))
    assert (
        'Also written: <bdi dir="auto">Anna Ruis</bdi>, <bdi dir="auto">آنا روئیز</bdi></p>' in page
    )
    assert "Also written" not in read(make_defender())


@pytest.mark.parametrize("kind", ["group", "organisation", "community"])
def test_a_profile_of_many_says_so_there_and_in_the_list(read, client, kind):
    many = make_defender(kind=kind, occupation="Keepers of a river")
    words = f"{kind.capitalize()} · Keepers of a river"
    assert words in read(many)
    assert words in client.get("/defenders/").content.decode()
    assert f"{kind.capitalize()} ·" not in read(make_defender()).partition('id="others"')[0]
