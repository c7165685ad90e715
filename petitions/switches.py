"""What is switched off for the moment? Known in every process within seconds, and asked seldom.

Each process keeps the row in its memory, under the generation of the content (a saved switch
replaces that word) and for no longer than `SWITCHES_SECONDS`, should nobody have been told of it.
While the database is away the last that was known holds; a process that never knew has nothing
switched off.
"""

import logging
import time
from typing import NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db import Error as DatabaseFault

from petitions.models.switches import ONLY, Switches
from stories import generation

log = logging.getLogger("petitions.switches")

# Each question to a database that is away may take seconds.
AFTER_FAULT_SECONDS = 10


class _Known(NamedTuple):
    word: str | None
    until: float
    row: Switches


_known: _Known | None = None


def current() -> Switches:
    """The switches as they are, to be read and not changed. Raises nothing."""
    return as_of(generation.known())


def as_of(word: str | None) -> Switches:
    """The switches of a generation that was just asked for: see `current`."""
    global _known
    known = _known
    if known and known.until > time.monotonic() and word in (known.word, None):
        return known.row
    try:
        row, seconds = _fetch(), settings.SWITCHES_SECONDS
    except DatabaseFault as error:
        log.error("switches not read", exc_info=error)
        row, seconds = known.row if known else Switches(pk=ONLY), AFTER_FAULT_SECONDS
    _known = _Known(word, time.monotonic() + seconds, row)
    return row


def remember(row: Switches) -> None:
    """Take a row for what is current, as if it had just been read."""
    global _known
    _known = _Known(generation.known(), time.monotonic() + settings.SWITCHES_SECONDS, row)


def forget() -> None:
    """Ask the database next time."""
    global _known
    _known = None


def _fetch() -> Switches:
    row = Switches.objects.using(DEFAULT_DB_ALIAS).filter(pk=ONLY).first()
    return row or Switches(pk=ONLY)
