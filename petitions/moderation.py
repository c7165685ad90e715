"""Which first names stand on a petition's page? Those that an editor has looked at.

Names are locked with the server's key until the moment they are read, and whoever reads them on
the desk is written down in the staff log by the desk.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from petitions import sealing
from petitions.models import Petition, Signature
from stories import countries

log = logging.getLogger("petitions.moderation")

# More names than this on a page are read by nobody and weigh on slow networks.
SHOWN_COUNT = 60
State = Signature.NameState


class ShownName(NamedTuple):
    """A first name, where from, and what to call it when deciding about it."""

    choice: str
    name: str
    country: str


def shown(petition: Petition) -> list[ShownName]:
    """The names on the petition's page, those decided last first, by days and not by moments."""
    if not petition.shows_names:
        return []
    rows = Signature.objects.shown().filter(petition=petition)
    return list(_read(rows.order_by("-name_decided_on", "duplicate_hash")[:SHOWN_COUNT]))


def counts(petition: Petition) -> dict[str, int]:
    """How many names are in each state."""
    rows = Signature.objects.confirmed().filter(petition=petition)
    return {state.value: rows.filter(name_state=state).count() for state in State}


def names(petition: Petition, state: State, limit: int) -> list[ShownName]:
    """Names in a state, for an editor to decide about; the oldest first."""
    rows = Signature.objects.confirmed().filter(petition=petition, name_state=state)
    return list(_read(rows.order_by("pk")[:limit]))


def decide(petition: Petition, choices: Iterable[str], state: State) -> int:
    """Show or refuse the chosen names; returns how many.

    A name that its owner has changed since the editor read it is left as it is.
    """
    chosen = dict(choice.split("-", 1) for choice in choices if _is_choice(choice))
    with transaction.atomic():
        rows = Signature.objects.confirmed().filter(petition=petition, pk__in=chosen)
        ids = [
            row.pk
            for row in rows.exclude(name_state="").select_for_update()
            if _fingerprint(row) == chosen[str(row.pk)] and row.name_state != state
        ]
        today = timezone.now().date()
        return Signature.objects.filter(pk__in=ids).update(name_state=state, name_decided_on=today)


def _read(rows: Iterable[Signature]) -> Iterator[ShownName]:
    for row in rows:
        try:
            name = sealing.unlock(row.locked_name)
        except sealing.KeyMissing as error:
            # Locked with an older key of the server. The page does without it.
            log.error("name not readable", exc_info=error)
            continue
        country = countries.name(row.country) if row.country else ""
        yield ShownName(f"{row.pk}-{_fingerprint(row)}", name, country)


def _fingerprint(row: Signature) -> str:
    return hashlib.sha256(bytes(row.locked_name)).hexdigest()[:16]


def _is_choice(choice: str) -> bool:
    number, _, fingerprint = choice.partition("-")
    return number.isdecimal() and len(number) < 19 and bool(fingerprint)
