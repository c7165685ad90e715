"""The cache that the processes of one machine share."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lmdb
import pytest

from advocacy import memory_cache, shared_file
from advocacy.memory_cache import MemoryCache
from tests.advocacy.programs import ROOT
from tests.conftest import wait_for

PROCESSES, TIMES = 4, 300


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where no cache has been yet."""
    return tmp_path / "cache"


@pytest.fixture
def cache(folder) -> MemoryCache:
    """An empty cache."""
    return MemoryCache(folder, {})


def another_process(folder: Path, lines: str) -> subprocess.Popen:
    """Python with the same cache in its hands."""
    head = (
        f"from advocacy.memory_cache import MemoryCache\ncache = MemoryCache({str(folder)!r}, {{}})"
        "\nADDED = {'a': (1, 60), 'b': (0, 60)}"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen([sys.executable, "-c", f"{head}\n{lines}"], cwd=ROOT, env=environment)


@pytest.mark.parametrize("value", ["words", 7, -1, 2**70, True, None, b"\x00\xff", {"a": [1.5]}])
def test_what_is_kept_comes_back_as_it_was(cache, value):
    cache.set("key", value)
    assert cache.get("key", "nothing") == value
    assert type(cache.get("key")) is type(value)


def test_what_is_not_there_is_not_there(cache):
    assert cache.get("key") is None
    assert cache.get("key", "default") == "default"
    assert not cache.delete("key")
    assert not cache.touch("key")
    with pytest.raises(ValueError):
        cache.incr("key")


def test_what_is_asked_for_at_once_is_what_is_there_of_it(cache, monkeypatch):
    cache.set("one", 1, 10)
    cache.set("word", "two", 100)
    assert cache.get_many(["one", "word", "nothing"]) == {"one": 1, "word": "two"}
    moment = time.time() + 11
    monkeypatch.setattr("advocacy.memory_cache.time.time", lambda: moment)
    assert cache.get_many(["one", "word"]) == {"word": "two"}


def test_words_are_no_number_to_add_to(cache):
    cache.set("key", "7")
    with pytest.raises(ValueError):
        cache.incr("key")


def test_what_has_expired_is_as_if_it_had_never_been(cache, monkeypatch):
    cache.set("soon", 1, 10)
    cache.set("late", 1, 1000)
    cache.set("never", 1, None)
    later = time.time() + 100
    monkeypatch.setattr(memory_cache.time, "time", lambda: later)
    assert [cache.get(key) for key in ("soon", "late", "never")] == [None, 1, 1]
    with pytest.raises(ValueError):
        cache.incr("soon")
    assert cache.add("soon", 5)
    assert cache.get("soon") == 5


def test_numbers_that_are_added_to_together_are_each_what_they_would_be_alone(cache, monkeypatch):
    assert cache.add_up({"a": (1, 60), "b": (3, 10)}) == {"a": 1, "b": 3}
    assert cache.add_up({"a": (0, 60), "b": (3, 10), "c": (2, 60)}) == {"a": 1, "b": 6, "c": 2}
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 11)
    # Begun anew where it has expired; what lives on lives no longer than it would have.
    assert cache.add_up({"a": (5, 60), "b": (3, 10)}) == {"a": 6, "b": 3}
    monkeypatch.setattr(time, "time", lambda: real() + 61)
    assert cache.get("a") is None
    assert cache.add_up({"a": (1, 60)}) == {"a": 1}


def test_a_value_can_be_given_more_time(cache, monkeypatch):
    cache.set("key", 1, 10)
    assert cache.touch("key", 1000)
    later = time.time() + 100
    monkeypatch.setattr(memory_cache.time, "time", lambda: later)
    assert cache.get("key") == 1


def test_only_the_first_to_add_succeeds(cache):
    assert [cache.add("key", n) for n in range(3)] == [True, False, False]
    assert cache.get("key") == 0


def test_to_clear_is_to_forget_everything(cache):
    cache.set("key", 1)
    cache.clear()
    assert cache.get("key") is None


def test_threads_that_add_at_once_lose_nothing(cache, folder):
    cache.set("key", 0)
    caches = [cache, MemoryCache(folder, {})]  # Django gives each thread one of its own
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: caches[n % 2].incr("key"), range(400)))
    assert cache.get("key") == 400


def test_processes_that_add_at_once_lose_nothing(cache, folder):
    lines = f"cache.add('key', 0)\nfor _ in range({TIMES}): cache.incr('key')"
    processes = [another_process(folder, lines) for _ in range(PROCESSES)]
    assert [process.wait(60) for process in processes] == [0] * PROCESSES
    assert cache.get("key") == PROCESSES * TIMES


def test_threads_that_add_up_at_once_lose_nothing(cache):
    with ThreadPoolExecutor(PROCESSES) as pool:
        for _ in pool.map(lambda _: cache.add_up({"a": (1, 60), "b": (2, 60)}), range(TIMES)):
            pass
    assert (cache.get("a"), cache.get("b")) == (TIMES, 2 * TIMES)


def test_of_many_who_add_the_same_at_once_one_is_first(cache):
    start, won = threading.Barrier(8), []

    def add() -> None:
        start.wait(30)
        won.append(cache.add("key", 1))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(won) == [False] * 7 + [True]


def test_a_child_of_a_fork_goes_on_with_a_connection_of_its_own(cache):
    cache.set("key", 1)
    if not (child := os.fork()):
        os._exit(0 if cache.incr("key") == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert cache.incr("key") == 3


def test_a_process_killed_while_it_writes_damages_nothing(cache, folder):
    cache.set("key", 0)
    killed = another_process(folder, "while True: cache.incr('key')")
    wait_for(lambda: cache.get("key") > 50)
    killed.send_signal(signal.SIGKILL)
    killed.wait(30)
    before = cache.get("key")
    assert cache.incr("key") == before + 1


@pytest.mark.parametrize("rubbish", [b"", b"rubbish" * 1000])
def test_a_file_that_was_cut_off_is_replaced(cache, folder, rubbish):
    # To look at what is not there any more would end the process.
    cache.set("key", 1)
    (folder / "cache.lmdb").write_bytes(rubbish)
    cache.set("key", 3)
    assert cache.incr("key") == 4


def test_a_database_that_is_found_damaged_is_replaced(cache, monkeypatch):
    cache.set("key", 1)
    damaged = cache._file._environment

    class Damaged:
        def begin(self, **options: object) -> lmdb.Transaction:
            raise lmdb.CorruptedError

        def close(self) -> None:
            damaged.close()

    monkeypatch.setattr(cache._file, "_environment", Damaged())
    assert cache.get("key") is None
    cache.set("key", 2)
    assert cache.get("key") == 2


@pytest.mark.parametrize("rubbish", [b"rubbish" * 1000, b"rubbish" * 10_000])
def test_rubbish_in_the_place_of_a_cache_is_replaced(cache, folder, rubbish):
    folder.mkdir(mode=0o700)
    (folder / "cache.lmdb").write_bytes(rubbish)
    cache.set("key", 1)
    assert cache.get("key") == 1


def test_a_file_that_was_removed_is_made_anew_for_all(cache, folder):
    cache.set("key", 1)
    adding = another_process(folder, "cache.set('there', 1)\nwhile True: cache.add_up(ADDED)")
    wait_for(lambda: cache.get("there"))
    (folder / "cache.lmdb").unlink()
    wait_for(lambda: (cache.get("a") or 0) > 10)
    assert cache.get("key") is None
    adding.kill()
    adding.wait(30)


def test_processes_that_add_while_others_sweep_lose_nothing(cache, folder):
    cache.set("key", 0, None)
    adds = f"for _ in range({TIMES}): cache.incr('key'); cache.get('key')"
    sweeps = f"for _ in range({TIMES}): cache.sweep()"
    processes = [another_process(folder, lines) for lines in (adds, adds, sweeps, sweeps)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert cache.get("key") == 2 * TIMES


def test_a_process_killed_while_it_sweeps_loses_nothing(cache, folder):
    cache.set("key", 7, None)
    for _ in range(5):
        swept = cache._file.path.stat().st_ino
        sweeping = another_process(folder, "while True: cache.sweep()")
        wait_for(lambda swept=swept: cache._file.path.stat().st_ino != swept)
        sweeping.kill()
        sweeping.wait(30)
        assert cache.get("key") == 7
        cache.sweep()
        assert [file.name for file in folder.iterdir()] == ["cache.lmdb"]


def test_it_is_swept_now_and_then_by_whoever_writes(cache, folder, monkeypatch):
    cache.set("key", 1)
    first = cache._file.path.stat().st_ino
    cache.set("key", 2)
    assert cache._file.path.stat().st_ino == first
    later = time.monotonic() + memory_cache.SWEEP_EVERY_SECONDS + 1
    monkeypatch.setattr(memory_cache.time, "monotonic", lambda: later)
    cache.add_up({"a": (1, 60)})
    assert cache._file.path.stat().st_ino != first
    assert (cache.get("key"), cache.get("a")) == (2, 1)


def test_where_there_is_no_room_nothing_is_lost(cache, monkeypatch):
    cache.set("key", 1)
    with pytest.raises(lmdb.MapFullError):
        cache.set("long", "x" * shared_file.MOST_BYTES)
    assert cache.get("key") == 1
    monkeypatch.setattr(shared_file, "_open", lambda path: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError):
        cache.sweep()
    monkeypatch.undo()
    assert cache.get("key") == 1


def test_what_expires_soonest_goes_when_there_is_too_much(folder):
    cache = MemoryCache(folder, {"OPTIONS": {"MAX_ENTRIES": 10}})
    cache.set("salt", 1, 86_400)
    for number in range(50):
        cache.set(f"key{number}", 1, 100 + number)
    cache.sweep()
    assert cache.get("salt") == 1
    assert [n for n in range(50) if cache.get(f"key{n}")] == list(range(41, 50))


def test_what_is_forgotten_is_wiped_from_the_file(cache, folder, monkeypatch):
    cache.set("key", "a-salt-that-nobody-may-find", 10)
    # Held open, as by a process that has not noticed yet.
    with (folder / "cache.lmdb").open("rb") as held:
        assert b"a-salt-that" in held.read()
        later = time.time() + 100
        monkeypatch.setattr(memory_cache.time, "time", lambda: later)
        cache.sweep()
        assert held.seek(0) == 0
        assert held.read() == b""
    assert not any(b"a-salt-that" in file.read_bytes() for file in folder.iterdir())


@pytest.mark.parametrize("forget", [lambda cache: cache.delete("key"), lambda c: c.set("key", 1)])
def test_what_was_deleted_or_replaced_is_wiped_too(cache, folder, forget):
    cache.set("key", "a-salt-that-nobody-may-find")
    forget(cache)
    cache.sweep()
    assert not any(b"a-salt-that" in file.read_bytes() for file in folder.iterdir())


def test_a_long_name_is_a_name(cache):
    cache.set("a" * 600, 1)
    cache.set("a" * 601, 2)
    assert (cache.get("a" * 600), cache.get("a" * 601)) == (1, 2)


def test_nobody_else_on_the_machine_may_read_it(cache, folder):
    cache.set("key", 1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_folder_that_others_can_open_is_not_used(cache, folder):
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(PermissionError):
        cache.set("key", 1)


def test_a_link_that_somebody_laid_there_is_not_followed(cache, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        cache.set("key", 1)


def test_each_site_has_a_cache_of_its_own_in_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(memory_cache, "MEMORY", tmp_path)
    one, other = memory_cache.folder_for(Path("/a")), memory_cache.folder_for(Path("/b"))
    assert one != other
    assert one.parent == tmp_path
    assert memory_cache.folder_for(Path("/a")) == one


def test_without_such_a_place_it_is_with_the_data(monkeypatch, tmp_path):
    monkeypatch.setattr(memory_cache, "MEMORY", tmp_path / "nowhere")
    assert memory_cache.folder_for(Path("/data")) == Path("/data/cache")
