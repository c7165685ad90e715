"""Who of the staff did what? A log that shows when somebody has changed it.

Each line's hash covers the line and the hash before it. So nobody changes, removes, inserts or
reorders a line without changing the hash of every later one; and whoever noted the newest number
and hash somewhere else sees it, also where the end was cut off.

No line tells anything of a signer, and none holds a title or a slug, which may name somebody who is
withdrawn one day: rows are called by their numbers, facts are numbers and codes.
"""

import hashlib
import json
from datetime import UTC, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from petitions.models import StaffAct
from stories.withdrawal import Gone

_BEFORE_THE_FIRST = bytes(32)
FAILED_LOGIN = "login failed"
# Anybody may type wrong passwords; they must not be able to fill the log with it.
_FAILED_LOGIN_AT_MOST_EVERY = timedelta(minutes=1)


class Head(NamedTuple):
    """The newest line: what to note elsewhere."""

    number: int
    hash: str


def record(who: str, act: str, about: str = "", **facts: int | str | list[str]) -> StaffAct:
    """Append a line, in the transaction of the act that it is about.

    The number is the lock: of two who write at once, the database lets one have it, and the other
    waits for that one's end and then takes the next. So there is one line after each line.
    """
    while True:
        last = StaffAct.objects.order_by("-number").first()
        line = StaffAct(
            number=last.number + 1 if last else 1,
            at=timezone.now(),
            who=who,
            act=act,
            about=about,
            facts=facts,
            previous_hash=bytes(last.hash) if last else _BEFORE_THE_FIRST,
        )
        line.hash = _hash(line)
        try:
            with transaction.atomic():
                line.save(force_insert=True)
        except IntegrityError:
            continue
        return line


def head() -> Head | None:
    """The newest line's number and hash; None while there is none."""
    last = StaffAct.objects.order_by("-number").first()
    return Head(last.number, bytes(last.hash).hex()) if last else None


def verify() -> int | None:
    """The number of the first line that doesn't fit; None where the chain is whole.

    Lines cut off at the end are not missed by the chain itself: see `holds`.
    """
    expected, previous = 1, _BEFORE_THE_FIRST
    for line in StaffAct.objects.order_by("number").iterator():
        fits = bytes(line.previous_hash) == previous and bytes(line.hash) == _hash(line)
        if line.number != expected or not fits:
            return expected
        expected, previous = expected + 1, bytes(line.hash)
    return None


def holds(noted: Head) -> bool:
    """Whether a head that was noted earlier is still a line of the log."""
    line = StaffAct.objects.filter(number=noted.number).first()
    return line is not None and bytes(line.hash).hex() == noted.hash.lower()


def note_login(request: HttpRequest | None, user: object, **_: object) -> None:
    """Receive Django's word that an editor has logged in."""
    record(user.get_username(), "logged in")


def note_failed_login(**_: object) -> None:
    """Receive Django's word that a login failed. What was typed is not written down.

    One line a minute says that it was tried, not how often.
    """
    last = StaffAct.objects.order_by("-number").first()
    is_said = last is not None and last.act == FAILED_LOGIN
    if not is_said or last.at < timezone.now() - _FAILED_LOGIN_AT_MOST_EVERY:
        record("", FAILED_LOGIN)


def note_withdrawal(gone: Gone) -> None:
    """Write what was withdrawn, paused and rewritten, by numbers and names of fields, and why."""
    for one in (gone, *gone.along):
        record(gone.who, f"{one.kind} withdrawn", f"{one.kind} {one.number}", reason=gone.reason)
    for row in gone.paused:
        about = f"{row._meta.model_name} {row.pk}"
        record(gone.who, f"{row._meta.model_name} paused", about, reason=gone.reason)
    for row, fields in gone.rewritten:
        record(gone.who, "name withheld", f"{row._meta.model_name} {row.pk}", fields=fields)


def note_clearing(photo_id: int, who: str) -> None:
    """Write that somebody let a photo out of quarantine."""
    record(who, "photo cleared", f"photo {photo_id}")


def _hash(line: StaffAct) -> bytes:
    content = {
        "number": line.number,
        "at": line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "who": line.who,
        "act": line.act,
        "about": line.about,
        "facts": line.facts,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(bytes(line.previous_hash) + text.encode()).digest()
