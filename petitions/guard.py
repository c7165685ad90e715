"""Floods and robots: who is stopped for a moment, and what lets them through.

It looks at the form, the network and the petition, before anything is read of signatures. Nobody
is refused for good and nothing is dropped in silence: whoever is stopped is told, keeps what they
typed and gets through by a calculation or by waiting (`passes.py`). So a network that many people
share never decides alone.

How often within a time is told by `counters.py`, in the cache, and no network is stored anywhere.
"""

import enum
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from petitions import addresses, counters, measured, networks, passes
from petitions.counters import HOUR, MINUTE, Count, Limit
from petitions.models import Petition

log = logging.getLogger("petitions.guard")

_SHOWN_AT = signing.Signer(salt="petitions.guard.shown_at")
_MOST_SHOWN_AT_CHARACTERS = 100  # ours have some 55; what is remembered must not grow by others'


class Act(enum.Enum):
    """What somebody wants to do."""

    SIGN = "sign"
    ASK_FOR_LINK = "link"
    ENTER_CODE = "code"


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

    @property
    def limits(self) -> Sequence[Limit]:
        """How often; where nobody says which network it is, nothing that needs one."""
        if self.network:
            return LIMITS[self.act]
        return [limit for limit in LIMITS[self.act] if "network" not in limit.apart]

    @property
    def parts(self) -> dict[str, str]:
        """What visits are counted by."""
        network = self.network or ""
        return {"network": network, "petition": self.petition, "address": self.address}


def _visit(act: Act, request: HttpRequest, petition: Petition, sent: Sent) -> Visit:
    address = addresses.canonical(sent.address)
    return Visit(act, str(petition.pk), request, sent, networks.network_of(request), address)


@dataclass(frozen=True)
class Obstacle:
    """Why somebody is stopped, and two ways through."""

    sentence: str
    status: int
    ticket: passes.Ticket
    challenge: str


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
        counters.forgive(visit.limits, request, visit.parts)
    except Exception as error:
        log.error("guard failed", exc_info=error)


def _stop(visit: Visit) -> Obstacle | None:
    oddity = _oddity(visit.sent)
    counts = counters.count(visit.limits, visit.request, visit.parts)
    over = [count for count in counts if count.is_over]
    if not oddity and not over:
        return None
    if any(passes.use(one) for one in _passes(visit)):
        return None
    for count in counts:
        # Nothing was let through, so nothing stays counted, but for the one that crossed a line:
        # where a die is thrown, sending the form again must not be another throw.
        if count.was_over or not count.is_over:
            counters.take_back(count)
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


def _obstacle(visit: Visit, oddity: str, over: list[Count]) -> Obstacle:
    # How far beyond the limits we are, passes included: so a flood that calculates pays more.
    strain = max([1, *(count.strain for count in over)])
    return Obstacle(
        oddity or _sentence(over),
        422 if oddity else 429,
        _ticket(visit, strain),
        passes.make_challenge(visit.purpose, strain),
    )


def _sentence(over: list[Count]) -> str:
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
        (given,) = counters.count([_TICKETS], visit.request, visit.parts)
        strain = max(strain, given.used / given.most)
    wait = min(settings.WAIT_SECONDS * strain, settings.WAIT_MOST_SECONDS)
    return passes.make_ticket(visit.purpose, int(wait))
