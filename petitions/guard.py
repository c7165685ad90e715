"""Floods and robots: who is stopped for a moment, and what lets them through.

It looks at the form, the network and the petition, before anything is read of signatures. Nobody
is refused for good and nothing is dropped in silence: whoever is stopped is told, keeps what they
typed and gets through by a calculation or by waiting (`passes.py`). So a network that many people
share never decides alone.

No address of a network is stored anywhere. Counters are named by a keyed hash, whose key is a salt
that lives for a day, in the cache only.
"""

import enum
import hashlib
import ipaddress
import logging
import secrets
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from petitions import addresses, measured, passes
from petitions.models import Petition

log = logging.getLogger("petitions.guard")

BUCKETS_COUNT = 4096
# So many samples, and no more, are counted up to a limit that need not be exact.
SAMPLES_COUNT = 100
MINUTE, HOUR, DAY = 60, 3600, 86_400
_SHOWN_AT = signing.Signer(salt="petitions.guard.shown_at")
_MOST_SHOWN_AT_CHARACTERS = 100  # ours have some 55; what is remembered must not grow by others'


class Act(enum.Enum):
    """What somebody wants to do."""

    SIGN = "sign"
    ASK_FOR_LINK = "link"
    ENTER_CODE = "code"


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


LIMITS = {
    Act.SIGN: (
        Limit("SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR", HOUR, ("network", "petition"), True),
        # An address is only ever counted together with the network. Counted by itself, it would
        # tell one network what another one has typed.
        Limit("SIGNATURES_PER_NETWORK_AND_ADDRESS_PER_HOUR", HOUR, ("network", "address"), True),
        Limit("SIGNATURES_PER_PETITION_PER_MINUTE", MINUTE, ("petition",)),
        Limit("SIGNATURES_PER_MINUTE", MINUTE),
    ),
    Act.ASK_FOR_LINK: (
        Limit("LINKS_PER_NETWORK_PER_HOUR", HOUR, ("network",), True),
        Limit("LINKS_PER_NETWORK_AND_ADDRESS_PER_HOUR", HOUR, ("network", "address"), True),
    ),
    Act.ENTER_CODE: (Limit("WRONG_CODES_PER_NETWORK_PER_HOUR", HOUR, ("network",)),),
}
# Stops nobody: it makes waiting longer where a network collects more tickets than it uses.
_TICKETS = Limit("TICKETS_PER_NETWORK_PER_HOUR", HOUR, ("network",))


class Sent(NamedTuple):
    """What a form says to the guard; each mark may be missing or forged."""

    address: str = ""
    website: str = ""
    shown_at: str = ""
    ticket: str = ""
    proof: str = ""


MARKS = ("website", "shown_at", "ticket", "proof")


class Visit(NamedTuple):
    """Somebody who sends a form: all that the guard looks at."""

    act: Act
    petition: str
    request: HttpRequest
    sent: Sent
    network: str | None  # that they come from, if anybody says
    address: str  # one spelling for all spellings of the mailbox

    @property
    def purpose(self) -> str:
        """What a pass is good for."""
        return f"{self.act.value} {self.petition}"


def _visit(act: Act, request: HttpRequest, petition: Petition, sent: Sent) -> Visit:
    address = addresses.canonical(sent.address)
    return Visit(act, str(petition.pk), request, sent, network_of(request), address)


@dataclass(frozen=True)
class Obstacle:
    """Why somebody is stopped, and two ways through."""

    sentence: str
    status: int
    ticket: passes.Ticket
    challenge: str


class _Count(NamedTuple):
    limit: Limit
    key: str
    added: int
    used: int
    number: int  # how many are let through

    @property
    def is_over(self) -> bool:
        """Whether they are more."""
        return self.used > self.number

    @property
    def strain(self) -> float:
        """How much more than planned was let through before this one; the one that crossed the
        line was not."""
        return (self.used - self.added) / (self.number + settings.COUNTED_ONE_IN)

    @property
    def was_over(self) -> bool:
        """Whether they were more already before this one."""
        return self.used - self.added > self.number


def shown_at(moment: float | None = None) -> str:
    """The moment when a form was shown, signed, to be sent along with it."""
    return _SHOWN_AT.sign(str(int(time.time() if moment is None else moment)))


def age_seconds(shown: str) -> float | None:
    """How long ago a form was shown, if what it says of that is ours. It never grows too old."""
    moment = _moment_of(shown) if len(shown) <= _MOST_SHOWN_AT_CHARACTERS else None
    return None if moment is None else time.time() - moment


@lru_cache(maxsize=1024)  # a page is kept for seconds, so a crowd comes with few of them
def _moment_of(shown: str) -> int | None:
    try:
        return int(_SHOWN_AT.unsign(shown))
    except signing.BadSignature:
        return None


def network_of(request: HttpRequest) -> str | None:
    """The network that a request comes from, as far as we want to know it; None if nobody says.

    A /24 or, of IPv6, a /48: hundreds of neighbours, or one subscriber's many devices.
    """
    if not hasattr(request, "network"):
        # Only a proxy that sets this header itself, on every request, makes it trustworthy.
        name = "HTTP_X_REAL_IP" if settings.BEHIND_PROXY else "REMOTE_ADDR"
        request.network = _network(request.META.get(name, "").strip())
    return request.network


def _network(text: str) -> str | None:
    with suppress(OSError, ValueError):  # the plain kind, without the cost of the many others
        a, b, c, _rest = socket.inet_pton(socket.AF_INET, text)
        return f"{a}.{b}.{c}.0/24"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def network_bucket(request: HttpRequest) -> int | None:
    """One of 4096 numbers that networks share for a day; afterwards nobody can tell which did."""
    network = network_of(request)
    if network is None:
        return None
    try:
        return int.from_bytes(_hashed(_salt(request), "bucket", network)[:4]) % BUCKETS_COUNT
    except Exception as error:
        log.error("guard failed", exc_info=error)
        return None


def salt_key(now: float | None = None) -> str:
    """Under which name the cache has the salt of a day, in the usual count of seconds; of today."""
    day = datetime.fromtimestamp(time.time() if now is None else now, UTC).date()
    return f"guard.salt.{day.isoformat()}"


def bring_salt(request: HttpRequest, salt: bytes | None) -> None:
    """Take the salt of the day along with a request, for which it was fetched beside other things;
    None where there was none yet."""
    if salt is not None:
        request.salt_of_the_day = salt


def stop(act: Act, request: HttpRequest, petition: Petition, sent: Sent) -> Obstacle | None:
    """What stands in the way of a form that is otherwise in order; None for nearly everybody.

    Counts it if it is let through, and uses up the pass that it needed. A guard that fails lets
    everybody through: a fault of ours is not theirs.
    """
    try:
        obstacle = _stop(_visit(act, request, petition, sent))
    except Exception as error:
        log.error("guard failed", exc_info=error)
        return None
    if obstacle:
        measured.note(measured.OBSTACLES, act.value)
    return obstacle


def forgive(act: Act, request: HttpRequest, petition: Petition) -> None:
    """Take one back that turned out well: only wrong codes are to be counted."""
    try:
        visit = _visit(act, request, petition, Sent())
        for key in _keys(_limits(visit), visit):
            cache.incr(key, -1)
    except Exception as error:
        log.error("guard failed", exc_info=error)


def forget_expired() -> int:
    """Wipe out what has expired, such as the salt of yesterday; caches on servers do it alone."""
    sweep = getattr(cache, "sweep", None)
    try:
        return sweep() or 0 if sweep else 0
    except Exception as error:
        log.error("guard failed", exc_info=error)
        return 0


def _stop(visit: Visit) -> Obstacle | None:
    oddity = _oddity(visit.sent)
    counts = _count(_limits(visit), visit)
    over = [count for count in counts if count.is_over]
    if not oddity and not over:
        return None
    if any(passes.use(one) for one in _passes(visit)):
        return None
    for count in counts:
        # Nothing was let through, so nothing stays counted, but for the one that crossed a line:
        # where a die is thrown, sending the form again must not be another throw.
        if count.added and (count.was_over or not count.is_over):
            cache.incr(count.key, -count.added)
    return _obstacle(visit, oddity, over)


def _oddity(sent: Sent) -> str:
    """What no person's form has, in a sentence; nothing for most."""
    age = age_seconds(sent.shown_at)
    if sent.website:
        return _(
            "A field that people do not see was filled in, perhaps by your browser. We have "
            "emptied it."
        )
    if age is None:
        return _("This form came without the mark that ours carry. It has one now.")
    if age < settings.FORM_AGE_SECONDS:
        return _("This form was sent faster than a person types.")
    return ""


def _passes(visit: Visit) -> list[passes.Pass]:
    """The passes that came along; a calculation is used before a ticket."""
    proof = passes.read_proof(visit.purpose, visit.sent.proof)
    ticket = passes.read_ticket(visit.purpose, visit.sent.ticket)
    is_good = ticket and not ticket.wait_seconds
    return [one for one in (proof, ticket.as_pass if is_good else None) if one]


def _obstacle(visit: Visit, oddity: str, over: list[_Count]) -> Obstacle:
    # How far beyond the limits we are, passes included: so a flood that calculates pays more.
    strain = max([1, *(count.strain for count in over)])
    return Obstacle(
        oddity or _sentence(over),
        422 if oddity else 429,
        _ticket(visit, strain),
        passes.make_challenge(visit.purpose, strain),
    )


def _sentence(over: list[_Count]) -> str:
    if any("network" in count.limit.apart for count in over):
        return _("This form has been sent many times from your network within the hour.")
    return _("Very many people are signing just now.")


def _ticket(visit: Visit, strain: float) -> passes.Ticket:
    """The ticket that somebody is waiting with already, or another one."""
    ticket = passes.read_ticket(visit.purpose, visit.sent.ticket)
    if ticket and ticket.wait_seconds:
        return ticket
    # Waiting costs a robot nothing but patience, and it can wait with many tickets at once.
    if visit.network:
        given = _count([_TICKETS], visit)[0]
        strain = max(strain, given.used / given.number)
    wait = min(settings.WAIT_SECONDS * strain, settings.WAIT_MOST_SECONDS)
    return passes.make_ticket(visit.purpose, int(wait))


# --- Counting ------------------------------------------------------------------------------------


def _limits(visit: Visit) -> Sequence[Limit]:
    """The limits of an act; where nobody says which network it is, none that needs one."""
    if visit.network:
        return LIMITS[visit.act]
    return [limit for limit in LIMITS[visit.act] if "network" not in limit.apart]


def _count(limits: Sequence[Limit], visit: Visit) -> list[_Count]:
    """Count a visit in each of these limits."""
    most = [limit.most for limit in limits]
    added = _throws([_one_in(lim, number) for lim, number in zip(limits, most, strict=True)])
    keys = _keys(limits, visit)
    used = _add_up({k: (n, lim.seconds) for k, n, lim in zip(keys, added, limits, strict=True)})
    return [
        _Count(lim, key, n, used[key], number)
        for lim, key, n, number in zip(limits, keys, added, most, strict=True)
    ]


def _one_in(limit: Limit, most: int) -> int:
    """Of how many one is counted, for as many.

    Where it is about thousands a minute, so many that the number is right to a tenth: what is not
    written keeps nobody waiting for the file of the cache.
    """
    return settings.COUNTED_ONE_IN if limit.is_rough else max(1, most // SAMPLES_COUNT)


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


def _keys(limits: Sequence[Limit], visit: Visit) -> list[str]:
    """The names of the counters in this hour or minute. They tell nothing without the salt."""
    salt, now = _salt(visit.request), int(time.time())
    parts = {"network": visit.network or "", "petition": visit.petition, "address": visit.address}
    return [
        "guard."
        + _hashed(
            salt, lim.number, str(now // lim.seconds), *[parts[part] for part in lim.apart]
        ).hex()
        for lim in limits
    ]


def _hashed(salt: bytes, *words: str) -> bytes:
    # BLAKE2b takes a key by itself (RFC 7693), in a quarter of the time of an HMAC.
    return hashlib.blake2b("\n".join(words).encode(), key=salt, digest_size=16).digest()


def _salt(request: HttpRequest) -> bytes:
    """The secret of the day. Once it is gone, nobody can say what the day's hashes were of.

    Fetched once a request and forgotten with it: a process that kept it would still have it when
    the day is over.
    """
    if (salt := getattr(request, "salt_of_the_day", None)) is None:
        salt = request.salt_of_the_day = _fetch_salt()
    return salt


def _fetch_salt() -> bytes:
    now = time.time()
    key = salt_key(now)
    if (salt := cache.get(key)) is None:
        # Of two who make one at the same moment, one is first and both take that.
        cache.add(key, secrets.token_bytes(32), DAY - int(now) % DAY + MINUTE)
        salt = cache.get(key)
    return salt
