"""Does the cache keep, count and forget, and is it the right one?"""

import secrets
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache

from advocacy.doctor.finding import Finding, fault, ok, warn

SLOW_MS = 50


def look() -> Iterator[Finding]:
    """Where it is, and whether it works."""
    yield place()
    yield round_trip(cache)


def place() -> Finding:
    """Which cache this is; never its address, which may carry a password."""
    backend = settings.CACHES["default"]["BACKEND"]
    if backend == "advocacy.memory_cache.MemoryCache":
        return ok("cache: a file in this machine’s memory (several machines need CACHE_URL)")
    if "redis" in backend.lower():
        return ok("cache: Redis, by CACHE_URL")
    name = backend.rpartition(".")[2]
    return warn(
        f"cache: {name}, which was not tried with this site",
        "The guard needs one that all processes share and that counts: leave CACHE_URL out on one "
        "machine, use redis:// on several.",
    )


def round_trip(store: BaseCache) -> Finding:
    """Keep a number, add to it, read it, forget it."""
    key = f"doctor.{secrets.token_hex(8)}"
    began = time.perf_counter()
    try:
        store.set(key, 1, timeout=60)
        store.incr(key)
        read = store.get(key)
        store.delete(key)
    except Exception as error:  # of whichever library the cache is
        return fault(
            f"the cache does not answer ({type(error).__name__})",
            "The guard lets everybody through until it does: look at the server of CACHE_URL, or "
            "whether this machine’s memory (/dev/shm) is full or not ours.",
        )
    milliseconds = (time.perf_counter() - began) * 1000
    if read != 2:
        return fault("the cache forgets what it is given", "Look at CACHE_URL.")
    words = f"the cache keeps and counts, within {milliseconds:.1f} ms"
    if milliseconds > SLOW_MS:
        return warn(words, "Each page asks it: look at the load of its machine.")
    return ok(words)
