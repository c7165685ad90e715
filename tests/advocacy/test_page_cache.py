"""Whole pages from memory: the same for everybody, never older than the last edit."""

import threading
import time

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse

from advocacy import page_cache
from petitions import counting, moderation
from petitions.models import Petition
from stories import generation, withdrawal
from stories.models import Page, Story
from tests.factories import confirm, make_page, make_petition, make_signature, make_story

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kept(settings):
    """Pages are kept for a minute, and nothing was kept before."""
    settings.PAGE_CACHE_SECONDS = 60
    generation.advance()


@pytest.fixture
def queries(django_assert_num_queries):
    """No statement at all."""
    return lambda: django_assert_num_queries(0)


def test_a_page_is_made_once(client, queries):
    story = make_story()
    first = client.get(story.get_absolute_url())
    with queries():
        second = client.get(story.get_absolute_url())
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert "age" in second.headers


def test_a_browser_asks_each_time_and_a_proxy_every_five_seconds(client):
    path = make_story().get_absolute_url()
    for answer in (client.get(path), client.get(path)):
        told = dict(part.partition("=")[::2] for part in answer["Cache-Control"].split(", "))
        assert told == {"public": "", "max-age": "0", "s-maxage": "5", "stale-if-error": "3600"}
        assert "stale-while-revalidate=30" in answer["CDN-Cache-Control"]


@pytest.mark.parametrize("prefix", ["", "/ar", "/lite", "/lite/zh-hans"])
def test_each_language_and_each_version_is_kept_by_itself(client, prefix):
    make_page(slug="about", title="About us")
    others = [client.get(f"{other}/about/").content for other in ("", "/ar", "/lite", "/fr")]
    first = client.get(f"{prefix}/about/")
    again = client.get(f"{prefix}/about/")
    assert first.content == again.content
    assert others.count(first.content) <= 1
    assert first["Content-Security-Policy"] == again["Content-Security-Policy"]


def test_each_encoding_is_kept_by_itself(client):
    path = make_story(body="<p>" + "Words. " * 200 + "</p>").get_absolute_url()
    answers = {}
    for _ in range(2):
        for encoding in ("", "gzip", "br"):
            answer = client.get(path, headers={"accept-encoding": encoding})
            assert answer.get("Content-Encoding", "") == encoding
            assert answer["Vary"].lower() == "accept-encoding"
            assert answers.setdefault(encoding, answer["ETag"]) == answer["ETag"]
    assert len(set(answers.values())) == 3


def test_whoever_has_it_is_told_so_and_gets_no_body(client):
    path = make_story().get_absolute_url()
    etag = client.get(path)["ETag"]
    answer = client.get(path, headers={"if-none-match": etag})
    assert answer.status_code == 304
    assert answer.content == b""
    assert client.get(path, headers={"if-none-match": '"another"'}).status_code == 200


@pytest.mark.parametrize("edit", ["save", "update", "raw", "many", "through", "delete"])
def test_an_edit_shows_at_once_however_it_is_written(client, edit):
    story = make_story(title="Before")
    path = story.get_absolute_url()
    before = client.get(path).content
    match edit:
        case "save":
            story.title = "After"
            story.save()
        case "update":
            Story.objects.filter(pk=story.pk).update(title="After")
        case "raw":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE stories_story SET title = 'After'")
        case "many":
            story.title = "After"
            Story.objects.bulk_update([story], ["title"])
        case "through":
            petition = make_petition()
            petition.stories.add(story)
        case "delete":
            story.delete()
    assert client.get(path).content != before


def test_what_is_new_shows_at_once(client):
    assert b"Brand new" not in client.get("/stories/").content
    make_story(title="Brand new")
    assert b"Brand new" in client.get("/stories/").content


def test_what_is_not_committed_shows_nowhere(client):
    story = make_story(title="Before")
    path = story.get_absolute_url()
    client.get(path)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Story.objects.update(title="After")
        raise ZeroDivisionError
    word = generation.current()
    with transaction.atomic():
        Story.objects.update(title="After")
        assert generation.current() == word
    assert generation.current() != word
    assert b"After" in client.get(path).content


def test_somebody_withdrawn_is_gone_at_once(client):
    story = make_story()
    path = story.get_absolute_url()
    assert client.get(path).status_code == 200
    withdrawal.withdraw(story, "danger", "tomas")
    assert client.get(path).status_code == 410


def test_a_signature_makes_no_page_anew(client, queries):
    petition = make_petition()
    client.get(petition.get_absolute_url())
    client.get("/")
    word = generation.current()
    confirm(make_signature(petition))
    counting.count_all()
    assert generation.current() == word
    with queries():
        client.get(petition.get_absolute_url())
        client.get("/")


def test_a_name_that_an_editor_lets_through_shows_at_once(client):
    petition = make_petition(shows_names=True)
    signature = make_signature(petition, level="public", shown_name="Mira from Vienna")
    confirm(signature)
    path = petition.get_absolute_url()
    assert b"Mira from Vienna" not in client.get(path).content
    [name] = moderation.names(petition, moderation.State.WAITING, 5)
    assert moderation.decide(petition, [name.choice], moderation.State.SHOWN) == 1
    assert b"Mira from Vienna" in client.get(path).content
    assert moderation.decide(petition, [name.choice], moderation.State.REFUSED) == 1
    assert b"Mira from Vienna" not in client.get(path).content


def test_the_number_is_as_old_as_the_setting_says_and_no_older(client, settings, monkeypatch):
    petition = make_petition()
    path = f"{petition.get_absolute_url()}count.json"
    assert client.get(path).json()["count"] == 0
    confirm(make_signature(petition))
    counting.count_all()
    assert client.get(path).json()["count"] == 0
    later = time.monotonic() + settings.PAGE_CACHE_SECONDS + 1
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: later)
    assert client.get(path).json()["count"] == 1


@pytest.mark.parametrize(
    "path",
    ["/search/?q=secret", "/stories/?country=IR", "/?utm_source=x", "/nothing/", "/healthz",
     "/petitions/kept/code/", "/petitions/kept/link/", "/admin/login/"],
)  # fmt: skip
def test_what_is_somebodys_own_or_not_there_is_not_kept(client, path, monkeypatch):
    make_petition(slug="kept")
    put = []
    monkeypatch.setattr(page_cache.Pages, "put", lambda *of_what: put.append(of_what))
    client.get(path)
    assert put == []


def test_a_stranger_host_gets_no_page_from_memory(client):
    path = make_story().get_absolute_url()
    assert client.get(path).status_code == 200
    assert client.get(path, headers={"host": "evil.example"}).status_code == 400


def test_a_host_that_is_ours_is_not_in_the_page(client, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    path = make_story().get_absolute_url()
    first = client.get(path, headers={"host": "other.example", "x-forwarded-host": "evil.example"})
    assert b"other.example" not in first.content
    assert b"evil.example" not in client.get(path).content


# --- Faults, many at once, and no more than fits --------------------------------------------------


def test_while_the_database_is_down_the_page_stays(client, settings, monkeypatch):
    path = make_story().get_absolute_url()
    good = client.get(path).content
    settings.PAGE_CACHE_SECONDS = 0.000001
    broken = HttpResponse(b"down", status=503)
    handler = client.handler
    handler.load_middleware()
    layer = find_layer(handler._middleware_chain)
    monkeypatch.setattr(layer, "get_response", lambda request: broken)
    assert client.get(path).status_code == 503  # this process has not kept it yet
    monkeypatch.undo()
    settings.PAGE_CACHE_SECONDS = 0.000001
    assert client.get(path).content == good
    monkeypatch.setattr(layer, "get_response", lambda request: broken)
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (200, good)
    hours_later = time.monotonic() + page_cache.STALE_SECONDS + 1
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: hours_later)
    assert client.get(path).status_code == 503


def test_without_the_shared_word_nothing_is_kept_and_all_is_answered(client, monkeypatch):
    path = make_story(title="Before").get_absolute_url()
    monkeypatch.setattr(cache, "get", broken)
    assert client.get(path).status_code == 200
    Story.objects.update(title="After")
    assert b"After" in client.get(path).content


def test_an_edit_is_saved_even_if_nobody_can_be_told(client, monkeypatch):
    story = make_story(title="Before")
    monkeypatch.setattr(cache, "set", broken)
    Story.objects.update(title="After")
    story.refresh_from_db()
    assert story.title == "After"


def test_many_at_once_make_it_once(rf, settings):
    made, answers = [], []

    def slow(request):
        made.append(1)
        time.sleep(0.2)
        request.resolver_match = None
        return HttpResponse(b"page", headers={"Cache-Control": "public, max-age=5"})

    layer = page_cache.PageCache(slow)
    ask = lambda: answers.append(layer(rf.get("/some/")).content)  # noqa: E731
    at_once(ask, 8)
    assert len(made) == 1
    settings.PAGE_CACHE_SECONDS = 0.000001
    started = time.monotonic()
    at_once(ask, 8)
    assert len(made) <= 3  # one at a time; the others got the old one meanwhile
    assert time.monotonic() - started < 1
    assert answers == [b"page"] * 16


def test_a_page_begun_before_an_edit_is_not_kept_after_it(rf):
    words = iter([b"before", b"after"])

    def edited_meanwhile(request):
        request.resolver_match = None
        word = next(words)
        if word == b"before":
            generation.advance()
            layer.pages.get(("/another/", "", ""), generation.current())
        return HttpResponse(word, headers={"Cache-Control": "public"})

    layer = page_cache.PageCache(edited_meanwhile)
    assert layer(rf.get("/some/")).content == b"before"
    assert layer(rf.get("/some/")).content == b"after"


def test_no_more_is_kept_than_fits(rf, settings):
    settings.PAGE_CACHE_BYTES = 10_000

    def page(request):
        request.resolver_match = None
        return HttpResponse(b"x" * 1000, headers={"Cache-Control": "public"})

    layer = page_cache.PageCache(page)
    for number in range(50):
        layer(rf.get(f"/{number}/"))
    assert len(layer.pages._entries) == 10
    assert ("/49/", "", "") in layer.pages._entries


def test_what_comes_on_time_shows_on_time(client, settings, monkeypatch):
    from django.utils import timezone

    soon = timezone.now() + timezone.timedelta(seconds=0.5)
    settings.PAGE_CACHE_SECONDS = 0.2
    petition = make_petition(published_at=soon)
    path = petition.get_absolute_url()
    assert client.get(path).status_code == 404
    time.sleep(0.8)
    assert client.get(path).status_code == 200


def test_every_table_is_seen_or_said_to_be_unseen():
    tables = generation._seen_tables()
    assert tables[Page._meta.db_table] == tables[Petition.stories.through._meta.db_table] == ""
    assert tables["petitions_signature"] == "name_state"
    for app, watched in generation._watched.items():
        names = {model.__name__ for model in apps.get_app_config(app).get_models()}
        assert names >= watched.unseen | set(watched.seen_columns)


def broken(*args, **options):
    """A cache that is gone."""
    raise ConnectionError


def find_layer(chain):
    """The page cache within the handlers of a test client."""
    while not isinstance(chain, page_cache.PageCache):
        chain = getattr(chain, "__wrapped__", chain)
        chain = chain if isinstance(chain, page_cache.PageCache) else chain.get_response
    return chain


def at_once(act, count):
    """Do it in so many threads."""
    threads = [threading.Thread(target=act) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
