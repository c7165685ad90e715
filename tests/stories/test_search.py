"""Mira looks for people and finds them, in any script; what is not public is not found."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from petitions.management.commands.work import Worker
from stories import search, withdrawal
from stories.finding import Question, find, present
from stories.models import SearchEntry, Story
from tests.factories import (
    make_country,
    make_defender,
    make_petition,
    make_story,
    make_theme,
)
from tests.stories.desk import save

pytestmark = pytest.mark.django_db


def found(query: str, **more: str) -> list[str]:
    """The titles of what is found, in order."""
    question = Question(query, **more)
    return [str(result.row) for result in present(list(find(question)), question)]


@pytest.mark.parametrize(
    ("language", "title", "query", "not_found"),
    [("en", "Berta Zúñiga spoke", "zuniga", "uniga"),
     ("en", "Free the prisoners", "PRISON free", "prison nobody"),
     ("ru", "Елена Милашина в Грозном: ещё одна атака", "еще милаш", "лашина"),
     ("uk", "Журналістку з Києва звільнено", "журналіст", "урналіст"),
     ("ar", "الحرية للصحفيين في السجون", "صحفيين", "صحفيات"),
     ("fa", "آزادی برای نرگس محمدی", "محمدي آزادي", "نرگسی"),
     ("he", "בכלא: העיתונאית שוחררה", "עיתונאית", "עיתונאים"),
     ("zh", "中国人权律师被判刑", "律师", "师律"),
     ("zh", "中国人权律师被判刑", "人权", "权人"),
     ("ja", "人権活動家が釈放された", "活動家", "家活動"),
     ("th", "ปล่อยตัวนักปกป้องสิทธิมนุษยชน", "สิทธิมนุษย", "มนุษยสิทธิ"),
     ("my", "လူ့အခွင့်အရေး", "အခွင့်", "ခွင့်အအ")]
)  # fmt: skip
def test_a_story_is_found_by_its_words_in_any_script(language, title, query, not_found):
    make_story(title=title, language=language)
    make_story(title="Something else")
    search.index_all()
    assert found(query) == [title]
    assert found(not_found) == []


def test_all_kinds_are_found_and_what_gathers_others_comes_first():
    make_story(title="Rivers and people")
    make_defender(name="A person", what_they_defend="The rivers of Honduras.")
    make_petition(title="Protect the rivers")
    make_theme(name="Rivers")
    search.index_all()
    assert found("river")[0] == "Rivers"
    assert set(found("river")) == {"Rivers", "Rivers and people", "A person", "Protect the rivers"}


def test_a_person_is_found_by_their_name_in_its_own_script_and_in_ours():
    make_defender(name="Narges Mohammadi", name_original="نرگس محمدی")
    search.index_all()
    assert found("mohammadi") == found("نرگس محمدي") == ["Narges Mohammadi"]


def test_a_country_is_found_in_every_language_of_the_site(settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية")]
    make_country("TR")
    search.index_all()
    assert found("turkiye") == found("turquia") == found("تركيا") == ["Türkiye"]


def test_titles_come_before_summaries_before_texts_and_then_the_newest():
    now = timezone.now()
    make_story(title="In the text", body="<p>A dam.</p>")
    make_story(title="In the summary", summary="A dam.")
    make_story(title="The dam, old", published_at=now - timedelta(days=9))
    make_story(title="The dam, new")
    search.index_all()
    assert found("dam") == ["The dam, new", "The dam, old", "In the summary", "In the text"]


def test_kind_and_country_narrow_it_down():
    iran = make_country("IR")
    make_story(title="The strike, elsewhere")
    make_story(title="The strike").countries.add(iran)
    make_defender(name="Sara of the strike", country=iran)
    search.index_all()
    assert set(found("strike", country="IR")) == {"The strike", "Sara of the strike"}
    assert found("strike", country="IR", kind="defender") == ["Sara of the strike"]
    assert found("strike", kind="theme") == []


def test_a_theme_narrows_it_down_alone_and_together_with_the_rest():
    iran, land = make_country("IR"), make_theme(slug="land", name="Land and strike")
    make_story(title="The strike, elsewhere").countries.add(iran)
    here = make_story(title="The strike")
    here.countries.add(iran)
    petition = make_petition(title="Let them strike")
    for row in (
        here,
        petition,
        make_defender(name="Sara of the strike", country=make_country("FR")),
    ):
        row.themes.add(land)
    search.index_all()
    on_land = {"Land and strike", "The strike", "Let them strike", "Sara of the strike"}
    assert set(found("strike", theme="land")) == on_land
    assert found("strike", theme="land", country="IR") == ["The strike"]
    assert found("strike", theme="land", kind="petition") == ["Let them strike"]
    assert found("strike", theme="land", kind="country") == []


def test_what_is_not_for_search_engines_is_found_on_the_site_itself():
    make_story(title="The quiet strike", visibility="not_found")
    make_petition(title="Let the quiet strike", visibility="not_found")
    search.index_all()
    assert set(found("quiet")) == {"The quiet strike", "Let the quiet strike"}


def test_a_draft_or_a_story_for_tomorrow_is_not_found():
    make_story(title="The draft", status="draft")
    tomorrow = make_story(
        title="The draft of tomorrow", published_at=timezone.now() + timedelta(days=1)
    )
    search.index_all()
    assert found("draft") == []
    assert not SearchEntry.objects.exists()
    Story.objects.filter(pk=tomorrow.pk).update(published_at=timezone.now())
    search.catch_up()
    assert found("draft") == ["The draft of tomorrow"]


def test_what_is_public_no_more_is_not_found_at_once_and_forgotten_soon():
    story = make_story(title="The witness")
    search.index_all()
    Story.objects.filter(pk=story.pk).update(status="draft")
    assert found("witness") == []
    search.catch_up()
    assert not SearchEntry.objects.exists()


def test_forgetting_leaves_nothing():
    story = make_story(title="The witness")
    search.index(story)
    assert SearchEntry.objects.filter(folded__contains="witness").exists()
    search.forget(story)
    assert not SearchEntry.objects.exists()


@pytest.mark.parametrize("act", ["withdrawn", "taken back", "changed"])
def test_nothing_of_a_text_that_is_gone_stays_in_the_index(is_postgres, act):
    if is_postgres:
        pytest.skip("SQLite's index alone has to be told")
    with connection.cursor() as cursor:  # or it might forget by chance
        cursor.execute("INSERT INTO search_by_part(search_by_part, rank) VALUES ('automerge', 0)")
    story = make_story(title="Zephyrine Ωψξ", body="<p>Zephyrine Ωψξ.</p>", summary="So.")
    for _ in range(3):  # so that the index is in several pieces
        make_story(body="<p>Something else.</p>")
        search.catch_up()
    search.index(story)
    pieces = b"zep", "ψξ".encode()
    assert all(piece in in_sqlites_index() for piece in pieces)
    if act == "withdrawn":
        withdrawal.withdraw(story, "asked", "tomas")
    elif act == "changed":
        Story.objects.filter(pk=story.pk).update(title="Somebody", body="<p>Somebody.</p>")
        search.index(story)
    else:
        Story.objects.filter(pk=story.pk).update(status="draft")
        search.catch_up()
    assert not any(piece in in_sqlites_index() for piece in pieces)
    assert len(found("something")) == 3


def in_sqlites_index() -> bytes:
    """All that the index has on disk, where a term lacks what it shares with the one before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM search_by_part_data")
        return b"".join(bytes(block) for (block,) in cursor.fetchall())


@pytest.mark.parametrize("query", ["a", "an", "ann", "an na", "人", "人权", "של", "كل", "w", "1"])
def test_the_index_finds_what_reading_all_texts_finds(query):
    for text in (
        "Anna has a plan",
        "An aunt",
        "Na an",
        "中国人权律师",
        "个人",
        "של מי",
        "كل الناس",
        "W 1 15",
    ):
        make_story(title=text)
    search.index_all()
    terms = Question(query).terms
    read = {e.title for e in SearchEntry.objects.all() if all(t in e.folded for t in terms)}
    assert read and set(found(query)) == read


def test_indexing_twice_changes_nothing_and_a_change_is_noticed():
    story = make_story(title="Before")
    assert search.index_all() == 1
    assert search.index_all() == 0
    Story.objects.filter(pk=story.pk).update(title="Behind")
    assert search.index_all() == 1
    assert (found("before"), found("behind")) == ([], ["Behind"])


def test_the_command_says_what_it_did(capsys):
    make_story()
    call_command("index_search")
    call_command("index_search")
    assert capsys.readouterr().out == "1 entries were out of date.\nAll up to date.\n"


def test_the_worker_keeps_the_index():
    make_story(title="A story that nobody saved at the desk")
    Worker().round()
    assert len(found("nobody")) == 1


def test_what_an_editor_saves_is_found_at_once_and_what_they_withdraw_is_gone(desk):
    story, petition = make_story(title="Old words"), make_petition()
    save(desk, f"/admin/stories/story/{story.pk}/change/", title="New words")
    assert found("new words") == ["New words"]
    save(desk, f"/admin/petitions/petition/{petition.pk}/change/", title="Free the poet")
    assert found("poet") == ["Free the poet"]
    address = f"/admin/stories/story/{story.pk}/withdraw/"
    desk.post(address, {"reason": "asked", "withdraw": "1"})
    assert not SearchEntry.objects.filter(kind="story").exists()


def test_a_text_of_a_million_words_can_be_indexed():
    text = " ".join(f"word{number}" for number in range(300_000))
    make_story(title="Long", body=f"<p>{text}</p>")
    search.index_all()
    assert found("word77") == ["Long"]


def test_without_the_extension_parts_of_words_are_still_found():
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP EXTENSION IF EXISTS pg_trgm CASCADE")
    make_story(title="中国人权律师")
    search.index_all()
    assert found("人权") == ["中国人权律师"]


# --- The page -------------------------------------------------------------------------------------


def test_the_page_marks_what_was_found_and_shows_the_place(client):
    text = "Before. " * 60 + "They held the <em>river</em> council &amp; its Río. " + "After. " * 60
    make_story(title="A day", body=f"<p>{text}</p>")
    search.index_all()
    page = client.get("/search/?q=rio").content.decode()
    assert "1 result<" in page
    assert "council &amp; its <mark>Río</mark>." in page
    assert "… Before." in page and "After. …" in page


def test_nothing_that_is_typed_or_written_becomes_markup(client):
    make_story(title="<b>Bold</b> & brave", summary="<script>alert(1)</script>")
    search.index_all()
    page = client.get("/search/", {"q": 'script "><img src=x>'}).content.decode()
    assert "<img src=x" not in page
    page = client.get("/search/", {"q": "script"}).content.decode()
    assert "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;" in page
    page = client.get("/search/", {"q": "bold b"}).content.decode()
    assert (
        "&lt;<mark>b</mark>&gt;<mark>Bold</mark>&lt;/<mark>b</mark>&gt; &amp; <mark>b</mark>rave"
        in page
    )


def test_where_nothing_is_found_the_page_offers_places_to_begin(client):
    make_story().themes.add(make_theme(name="Land rights"))
    page = client.get("/search/?q=unknown").content.decode()
    assert "Nothing here has all of these words" in page
    assert "Land rights" in page
    assert "stored nowhere" in client.get("/search/").content.decode()


def test_results_come_ten_at_a_time(client):
    for number in range(11):
        make_story(title=f"Strike {number}")
    search.index_all()
    page = client.get("/search/?q=strike").content.decode()
    assert "11 results" in page and "?q=strike&amp;page=2" in page
    assert client.get("/search/?q=strike&page=2").content.decode().count('<p class="kicker">') == 1


def test_what_was_chosen_stays_chosen_on_every_page(client):
    country, theme = make_country("IR"), make_theme(slug="land")
    for number in range(11):
        story = make_story(title=f"Strike {number}")
        story.countries.add(country)
        story.themes.add(theme)
    make_story(title="Strike elsewhere")
    search.index_all()
    address = "/search/?q=strike&kind=story&country=IR&theme=land"
    page = client.get(address).content.decode()
    assert "11 results" in page
    assert f'{address.removeprefix("/search/").replace("&", "&amp;")}&amp;page=2"' in page
    for value in ("story", "IR", "land"):
        assert f'<option value="{value}" selected>' in page
    assert client.get(f"{address}&page=2").content.decode().count('<p class="kicker">') == 1


def test_only_what_there_is_something_of_can_be_chosen(client):
    make_country("FR")
    make_theme(slug="empty", name="Empty")
    draft = make_story(status="draft")
    draft.countries.add(make_country("DE"))
    petition = make_petition()
    petition.countries.add(make_country("IR"))
    petition.themes.add(make_theme(slug="land"))
    search.index_all()
    page = client.get("/search/").content.decode()
    for value in ("IR", "land", "petition", "country"):
        assert f'<option value="{value}">' in page
    for value in ("FR", "DE", "empty", "story", "defender"):
        assert f'<option value="{value}">' not in page


def test_an_odd_choice_is_none(client):
    make_story(title="The strike")
    search.index_all()
    for odd in ("nothing", "\x00", "IR'--", "a" * 5000, "\ud7ff"):
        answers = {"q": "strike", "kind": odd, "country": odd, "theme": odd, "page": odd}
        response = client.get("/search/", answers)
        assert response.status_code == 200
        assert "1 result<" in response.content.decode()


def test_where_the_choice_has_nothing_the_page_offers_to_drop_it(client):
    make_story(title="The strike")
    make_story().themes.add(make_theme(slug="land"))
    search.index_all()
    page = client.get("/search/?q=strike&theme=land").content.decode()
    assert "Nothing that you chose has all of these words." in page
    assert '<a href="?q=strike">Search everywhere: 1 result</a>' in page
    page = client.get("/search/?q=unknown&theme=land").content.decode()
    assert "Search everywhere" not in page and "Nothing here has all of these words" in page


@pytest.mark.parametrize(
    "query", ["%", "_", "\\", "'", "';--", "\x00", "a" * 10_000, "a " * 500, ":*", "!&|", "\ud7ff"]
)
def test_no_query_is_too_strange(client, query):
    make_story()
    search.index_all()
    assert client.get("/search/", {"q": query, "kind": query, "country": query}).status_code == 200


def test_what_was_searched_is_stored_nowhere(client, caplog, django_assert_max_num_queries):
    make_story(title="The secret strike")
    search.index_all()
    with caplog.at_level("DEBUG"), django_assert_max_num_queries(8) as questions:
        response = client.get("/search/?q=secret")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert "secret" not in caplog.text
    assert all(question["sql"].startswith("SELECT") for question in questions)
    assert 'content="noindex"' in response.content.decode()


def test_an_excerpt_runs_as_its_language_does_whatever_name_it_begins_with(client):
    make_defender(name="Narges", name_original="نرگس محمدی", summary="A defender of rights.")
    make_story(title="نرگس آزاد شد", summary="نرگس آزاد شد.", language="fa")
    search.index_all()
    text = client.get("/search/?q=نرگس").content.decode()
    assert '<p lang="en" dir="ltr">' in text
    assert '<p lang="fa" dir="rtl">' in client.get("/search/?q=آزاد").content.decode()
