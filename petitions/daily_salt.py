"""The secret of the day, in the cache only: once it is gone, nobody can say what the day's hashes
were of. So a network can be counted, and floods compared by a bucket, with no network stored."""

import hashlib
import logging
import secrets
import time
from datetime import UTC, datetime

from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger("petitions.daily_salt")

MINUTE, DAY = 60, 86_400


def hashed(request: HttpRequest, *words: str) -> bytes:
    """16 bytes that tell nothing of these words without the salt; the same for all of the day."""
    # BLAKE2b takes a key by itself (RFC 7693), in a quarter of the time of an HMAC.
    return hashlib.blake2b("\n".join(words).encode(), key=_salt(request), digest_size=16).digest()


def key(now: float | None = None) -> str:
    """Under which name the cache has the salt of a day, in the usual count of seconds; of today."""
    day = datetime.fromtimestamp(time.time() if now is None else now, UTC).date()
    return f"guard.salt.{day.isoformat()}"


def bring(request: HttpRequest, salt: bytes | None) -> None:
    """Take the salt along with a request, for which it was fetched beside other things; None where
    there was none yet."""
    if salt is not None:
        request.salt_of_the_day = salt


def forget_expired() -> int:
    """Wipe out what has expired in the cache, such as the salt of yesterday, and say how much;
    caches on servers do it alone."""
    sweep = getattr(cache, "sweep", None)
    try:
        return sweep() or 0 if sweep else 0
    except Exception as error:
        log.error("what has expired in the cache stays for now", exc_info=error)
        return 0


def _salt(request: HttpRequest) -> bytes:
    # Fetched once a request and forgotten with it: a process that kept it would still have it when
    # the day is over.
    if (salt := getattr(request, "salt_of_the_day", None)) is None:
        salt = request.salt_of_the_day = _fetch()
    return salt


def _fetch() -> bytes:
    now = time.time()
    if (salt := cache.get(key(now))) is None:
        # Of two who make one at the same moment, one is first and both take that.
        cache.add(key(now), secrets.token_bytes(32), DAY - int(now) % DAY + MINUTE)
        salt = cache.get(key(now))
    return salt
