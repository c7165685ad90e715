"""How often within an hour or a minute? Counted in the cache, under names that tell nothing.

A counter is named by a keyed hash, whose key is the salt of the day. What is counted near a person
is never exact, and what is counted by thousands is counted by samples.
"""

import secrets
import struct
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from petitions import daily_salt

# So many samples, and no more, are counted up to a limit that need not be exact.
SAMPLES_COUNT = 100
MINUTE, HOUR = 60, 3600


class Limit(NamedTuple):
    """How often within a time, and what is counted apart from what."""

    number: str  # the setting with the number; its name says per what
    seconds: int
    apart: tuple[str, ...] = ()
    # So few that whoever shares the network could read from it what another one does: see _throws.
    is_rough: bool = False

    @property
    def most(self) -> int:
        """How many are let through."""
        return max(1, getattr(settings, self.number))


class Count(NamedTuple):
    """What a counter says, this one included if the die fell so."""

    limit: Limit
    key: str
    added: int
    used: int
    most: int

    @property
    def is_over(self) -> bool:
        """Whether they are more than are let through."""
        return self.used > self.most

    @property
    def was_over(self) -> bool:
        """Whether they were more already before this one."""
        return self.used - self.added > self.most

    @property
    def strain(self) -> float:
        """How much more than planned was let through before this one; the one that crossed the
        line was not."""
        return (self.used - self.added) / (self.most + settings.COUNTED_ONE_IN)


def count(limits: Sequence[Limit], request: HttpRequest, by: Mapping[str, str]) -> list[Count]:
    """Count one in each of these limits; `by` has a word for each thing that is counted apart."""
    most = [limit.most for limit in limits]
    added = _throws([_one_in(lim, number) for lim, number in zip(limits, most, strict=True)])
    keys = _keys(limits, request, by)
    used = _add_up({k: (n, lim.seconds) for k, n, lim in zip(keys, added, limits, strict=True)})
    return [
        Count(lim, key, n, used[key], number)
        for lim, key, n, number in zip(limits, keys, added, most, strict=True)
    ]


def take_back(count: Count) -> None:
    """Have it as if this one had not been counted."""
    if count.added:
        cache.incr(count.key, -count.added)


def forgive(limits: Sequence[Limit], request: HttpRequest, by: Mapping[str, str]) -> None:
    """Take one back that an earlier `count`, of the same request, has counted exactly."""
    for key in _keys(limits, request, by):
        cache.incr(key, -1)


def _one_in(limit: Limit, most: int) -> int:
    """Of how many one is counted, for as many.

    Where it is about thousands a minute, so many that the number is right to a tenth: what is not
    written keeps nobody waiting for the file of the cache.
    """
    if limit.is_rough:
        return settings.COUNTED_ONE_IN
    return max(1, most // SAMPLES_COUNT) if limit.seconds == MINUTE else 1


def _throws(one_in: list[int]) -> list[int]:
    """Of so many forms count one, for as many: right on the whole, and never exact.

    Whoever shares somebody's network could otherwise send forms until they are stopped, and read
    from the number whether that person had sent one within the hour. One throw for each counter:
    were it one for all, one would tell of what is in the others.
    """
    # All the dice at once. Of 32 bits each, a die of thousands of sides is true to a millionth.
    thrown = struct.unpack(f"{len(one_in)}I", secrets.token_bytes(4 * len(one_in)))
    return [
        sides if number % sides == 0 else 0 for sides, number in zip(one_in, thrown, strict=True)
    ]


def _keys(limits: Sequence[Limit], request: HttpRequest, by: Mapping[str, str]) -> list[str]:
    """The names of the counters in this hour or minute."""
    now = int(time.time())
    return [
        "guard."
        + daily_salt.hashed(
            request, lim.number, str(now // lim.seconds), *[by[part] for part in lim.apart]
        ).hex()
        for lim in limits
    ]


def _add_up(added: dict[str, tuple[int, int]]) -> dict[str, int]:
    """All at once in our own cache; other caches know no such thing."""
    if at_once := getattr(cache, "add_up", None):
        return at_once(added)
    return {key: _add_one(key, *rest) for key, rest in added.items()}


def _add_one(key: str, number: int, seconds: int) -> int:
    try:
        return cache.incr(key, number)
    except ValueError:  # the first one, or two at once
        cache.add(key, 0, seconds)
        return cache.incr(key, number)
