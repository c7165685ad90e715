"""A cache that several machines share, in Redis or Valkey: Django's, in fewer questions.

The guard asks twice for a signature: for the salt of the day, and for all of its counters at once.
The salt is fetched each time: a process that kept it would still have it when the day is over.
"""

import logging
import time

import redis
from django.core.cache.backends import redis as django_redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT

log = logging.getLogger("advocacy.redis_cache")

PATIENCE_SECONDS = 1
# One that does not answer is left alone for so long; each request would wait for it several times.
AWAY_SECONDS = 1
# Redis runs a script alone and whole. Nothing lives on without an end, as it would if a number
# expired between one command and the next.
_ADD_UP = """
    local sums = {}
    for n, key in ipairs(KEYS) do
        redis.call('SET', key, 0, 'NX', 'PX', ARGV[2 * n])
        sums[n] = redis.call('INCRBY', key, ARGV[2 * n - 1])
    end
    return sums
"""
_INCR = """
    if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('INCRBY', KEYS[1], ARGV[1]) end
    return nil
"""


class Server(redis.Redis):
    """Does not ask again for a moment what has not answered."""

    away_until = 0.0

    def execute_command(self, *args: object, **options: object) -> object:
        """One command. Raises ConnectionError or TimeoutError while nobody answers."""
        if time.monotonic() < self.away_until:
            raise redis.ConnectionError("It did not answer a moment ago.")
        try:
            return super().execute_command(*args, **options)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            log.error("redis does not answer", exc_info=error)
            self.away_until = time.monotonic() + AWAY_SECONDS
            raise


class _Servers(django_redis.RedisCacheClient):
    """Django's client, but one for all commands: to make one takes longer than most commands."""

    def __init__(self, servers: list[str], **options: object) -> None:
        patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
        super().__init__(servers, **patience | options)
        self._made: dict[object, Server] = {}

    def get_client(self, key: str | None = None, *, write: bool = False) -> Server:
        """The client for a server to read from, or for the one to write to."""
        pool = self._get_connection_pool(write)
        if pool not in self._made:
            self._made[pool] = Server(connection_pool=pool)
        return self._made[pool]


class RedisCache(django_redis.RedisCache):
    """Django's cache in Redis. `add`, `incr` and `add_up` are one command each, so none is lost."""

    def __init__(self, server: str | list[str], params: dict[str, object]) -> None:
        super().__init__(server, params)
        self._class = _Servers

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value. Tried in any case: it may say that somebody was withdrawn."""
        self._writing.away_until = 0
        super().set(key, value, timeout, version)

    def incr(self, key, delta=1, version=None):
        """Add to a whole number and return the sum. Raises ValueError where there is none."""
        stored = self.make_and_validate_key(key, version)
        if (total := self._writing.eval(_INCR, 1, stored, delta)) is None:
            raise ValueError("There is no number to add to.")
        return total

    def add_up(self, added: dict[str, tuple[int, float]]) -> dict[str, int]:
        """Add to several whole numbers at once and return the sums.

        By key: what to add, and how many seconds the number lives from when it began at 0. One
        question for all, since each one is a journey to another machine.
        """
        keys = [self.make_and_validate_key(key) for key in added]
        values = []
        for delta, seconds in added.values():
            values += [delta, max(1, round(1000 * seconds))]
        totals = self._writing.eval(_ADD_UP, len(keys), *keys, *values)
        return dict(zip(added, totals, strict=True))

    @property
    def _writing(self) -> Server:
        return self._cache.get_client(write=True)
