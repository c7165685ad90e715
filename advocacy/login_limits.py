"""How often may somebody type a wrong password, or a wrong number from an app?

Counted in the cache under keyed hashes: no name and no network is kept. Wrong passwords are counted
mostly by account and network together, so that a stranger elsewhere can't lock an editor out.
Whoever types wrong numbers knows the password already: those are counted by account alone, and few.
A cache that is away lets everybody try: an editor must be able to withdraw somebody in danger.
"""

import logging
import time
from typing import NamedTuple

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from petitions import networks

log = logging.getLogger("advocacy.login")

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Limit(NamedTuple):
    """So many within a time, of what is counted together."""

    count: int
    seconds: int
    together: tuple[str, ...]


PASSWORDS = (
    Limit(10, 15 * MINUTE, ("account", "network")),
    Limit(60, HOUR, ("network",)),
    Limit(300, HOUR, ("account",)),
)
# Three of a million numbers are good at a time: at 30 a day, somebody who has the password needs
# some twenty years for an even chance, and each try stands in the staff log.
NUMBERS = (Limit(10, HOUR, ("account",)), Limit(30, DAY, ("account",)))


class Attempt:
    """One try. Counted before it is looked at, so that tries sent at once are counted too."""

    def __init__(self, limits: tuple[Limit, ...], request: HttpRequest, account: str) -> None:
        known = {"account": account.casefold(), "network": networks.network_of(request)}
        counted = [limit for limit in limits if all(known[part] for part in limit.together)]
        self._keys = [_key(limit, known) for limit in counted]
        self.wait_seconds = 0
        try:
            for limit, key in zip(counted, self._keys, strict=True):
                if _incremented(key, limit.seconds) > limit.count:
                    self.wait_seconds = max(self.wait_seconds, _left(limit))
        except Exception as error:
            log.error("login limits failed", exc_info=error)
        if self.wait_seconds:
            log.warning("login limited")

    @property
    def wait_minutes(self) -> int:
        """How long until there is another try; 0 where this one is let through."""
        return -(-self.wait_seconds // MINUTE)

    def forgive(self) -> None:
        """It was right: only wrong ones are to be counted."""
        try:
            for key in self._keys:
                cache.incr(key, -1)
        except Exception as error:
            log.error("login limits failed", exc_info=error)


def _key(limit: Limit, known: dict[str, str | None]) -> str:
    window = int(time.time()) // limit.seconds
    words = [str(limit.seconds), str(window), *(known[part] or "" for part in limit.together)]
    name = salted_hmac("advocacy.login_limits", "\n".join(words), algorithm="sha256").hexdigest()
    return f"login.{name}"


def _left(limit: Limit) -> int:
    return limit.seconds - int(time.time()) % limit.seconds


def _incremented(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    return cache.incr(key)
