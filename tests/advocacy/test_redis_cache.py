"""The cache that several machines share, in a real Redis."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from advocacy import redis_cache
from advocacy.redis_cache import RedisCache
from tests import redis_server
from tests.advocacy.programs import PRODUCTION, code, last_line, run
from tests.petitions.test_guard import LIMIT, fill, petition, send, small_numbers, ten_past

pytestmark = [pytest.mark.redis, pytest.mark.once, pytest.mark.django_db]
__all__ = ["petition", "small_numbers", "ten_past"]  # fixtures of the guard's tests

TIMES = 200


@pytest.fixture
def server():
    """A Redis that is empty."""
    with redis_server.running() as running:
        yield running


@pytest.fixture
def cache(server) -> RedisCache:
    """An empty cache."""
    made = RedisCache(server.url, {})
    yield made
    made._cache.get_client(write=True).connection_pool.disconnect()


@pytest.fixture
def asked(cache, monkeypatch) -> list[str]:
    """The commands that were sent, by name."""
    sent = []
    execute = redis.Redis.execute_command

    def note(self, *args, **options):
        sent.append(args[0])
        return execute(self, *args, **options)

    monkeypatch.setattr(redis.Redis, "execute_command", note)
    return sent


def test_numbers_that_are_added_to_together_are_each_what_they_would_be_alone(cache):
    assert cache.add_up({"a": (1, 60), "b": (3, 0.5)}) == {"a": 1, "b": 3}
    assert cache.add_up({"a": (0, 60), "b": (3, 60), "c": (2, 60)}) == {"a": 1, "b": 6, "c": 2}
    time.sleep(0.6)
    # Begun anew where it has expired; what lived on lived no longer than it would have.
    assert cache.add_up({"a": (5, 60), "b": (3, 60)}) == {"a": 6, "b": 3}
    assert cache.get("a") == 6
    assert cache.incr("a", -2) == 4


def test_all_numbers_are_one_question(cache, asked):
    cache.add_up({f"key{number}": (1, 60) for number in range(4)})
    assert asked == ["EVAL"]


def test_no_number_lives_for_ever(cache):
    cache.add_up({"a": (1, 3600)})
    cache.incr("a", -1)
    client = cache._cache.get_client()
    assert [0 < client.ttl(key) <= 3600 for key in client.scan_iter()] == [True]


def test_what_is_not_there_or_no_number_is_not_added_to(cache):
    cache.set("words", "seven")
    with pytest.raises(ValueError):
        cache.incr("key")
    assert cache.get("key") is None
    with pytest.raises(redis.ResponseError):
        cache.incr("words")


def test_threads_that_add_up_at_once_lose_nothing(cache):
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: cache.add_up({"a": (1, 60), "b": (2, 60)}), range(TIMES)):
            pass
    assert (cache.get("a"), cache.get("b")) == (TIMES, 2 * TIMES)


def test_processes_that_add_up_at_once_lose_nothing(cache, server):
    lines = (
        f"from advocacy.redis_cache import RedisCache\ncache = RedisCache({server.url!r}, {{}})\n"
        f"for _ in range({TIMES}): cache.add_up({{'a': (1, 60)}})"
    )
    head = "import django.conf; django.conf.settings.configure()\n"
    processes = [subprocess.Popen([sys.executable, "-c", head + lines]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert cache.get("a") == 3 * TIMES


def test_a_server_that_was_started_anew_is_found_at_once(cache, server):
    cache.add_up({"a": (1, 60)})
    server.stop()
    server.start()
    assert cache.add_up({"a": (1, 60)}) == {"a": 1}


def test_one_that_does_not_answer_is_waited_for_once_and_found_again(cache, server, monkeypatch):
    monkeypatch.setattr(redis_cache, "AWAY_SECONDS", 0.5)
    cache.add_up({"a": (1, 60)})
    server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    for _ in range(5):
        with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
            cache.get("a")
    assert time.monotonic() - began < 2 * redis_cache.PATIENCE_SECONDS
    server.process.send_signal(signal.SIGCONT)
    time.sleep(0.6)
    assert cache.get("a") == 1


def test_an_edit_is_told_though_nobody_answered_a_moment_ago(cache, server, monkeypatch):
    monkeypatch.setattr(redis_cache, "AWAY_SECONDS", 600)
    server.stop()
    with pytest.raises(redis.ConnectionError):
        cache.get("word")
    server.start()
    cache.set("word", "new", None)
    assert cache.get("word") == "new"


# --- The guard, and the setting -------------------------------------------------------------------


@pytest.fixture
def of_site(server, settings):
    """The site's own cache, there."""
    settings.CACHES = {
        "default": {"BACKEND": "advocacy.redis_cache.RedisCache", "LOCATION": server.url}
    }
    yield server
    from django.core.cache import cache

    cache._cache.get_client(write=True).connection_pool.disconnect()


def test_the_guard_counts_there_and_asks_twice_for_a_signature(of_site, petition, asked):
    fill(petition)
    assert send(petition).status_code == 429
    asked.clear()
    assert send(petition, ip="203.0.113.9").status_code == 303
    assert asked == ["GET", "EVAL"]  # the salt, and all counters


def test_neither_addresses_nor_networks_are_there(of_site, petition):
    fill(petition, LIMIT)
    stored = redis.Redis.from_url(of_site.url)
    names = b" ".join(stored.keys())
    stored.close()
    assert b"guard." in names
    for secret in (b"192.0.2", b"neighbour", b"example.org", petition.slug.encode()):
        assert secret not in names


@pytest.mark.parametrize("how", ["gone", "silent"])
def test_while_it_is_away_everybody_is_let_through(of_site, petition, how):
    fill(petition)
    of_site.stop() if how == "gone" else of_site.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    assert [send(petition, f"Late{n}").status_code for n in range(LIMIT + 2)] == [303] * (LIMIT + 2)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("scheme", ["redis", "rediss", "rediscache"])
def test_cache_url_leads_to_it(scheme):
    lines = "from django.core.cache import caches; print(type(caches['default']).__module__)"
    done = run(*code(lines), **PRODUCTION, DJANGO_SETTINGS_MODULE="advocacy.settings",
               CACHE_URL=f"{scheme}://localhost:1/0")  # fmt: skip
    assert done.stdout.strip() == "advocacy.redis_cache", last_line(done)
