"""Sign, confirm, withdraw: the only writer of signatures."""

import enum
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from petitions import (
    addresses,
    counting,
    measured,
    sealing,
    statements,
    subscribing,
    tokens,
)
from petitions.models import Letter, Petition, Signature

# Whoever signs again before confirming means the newer version. Once confirmed, nothing that
# is typed into the form changes a signature: the WHERE keeps it. Nor does anything once the day's
# letters are used up: what has changed would need another letter to be confirmed by.
_COLUMNS = (
    "sealed_box", "level", "country", "signed_on", "signed_hour",
    "mail_class", "network_bucket", "locked_name", "name_state",
)  # fmt: skip
# Whether the petition is there is looked up and not locked: see migration 0006.
_UPSERT_SIGNATURE = f"""
    INSERT INTO petitions_signature (petition_id, duplicate_hash, {", ".join(_COLUMNS)})
    SELECT petition.id, %s, {", ".join(["%s"] * len(_COLUMNS))}
      FROM petitions_petition AS petition WHERE petition.id = %s
    ON CONFLICT (duplicate_hash) DO UPDATE
       SET {", ".join(f"{column} = excluded.{column}" for column in _COLUMNS)}
     WHERE petitions_signature.confirmed_on IS NULL
       AND NOT (COALESCE(petitions_signature.letters_on, %s) = excluded.signed_on
                AND petitions_signature.letters_count >= %s)
"""  # noqa: S608

_LETTER_COLUMNS = ("locked_address", "language", "wants_updates", "send_after", "give_up_after")
# What every letter begins with, in SQL.
_FRESH = {
    "is_reminder": "false", "tries_count": "0", "lease": "''", "leased_until": "NULL",
    "refused_on": "NULL",
}  # fmt: skip


def _upsert_letter(stays: tuple[str, ...] = (), after: str = "") -> str:
    # One letter waits for a mailbox at a time. A newer one takes the older one's place and its
    # lease: if that is being sent at this moment, its link is out of date already.
    columns = [*_LETTER_COLUMNS, *_FRESH]
    renewed = [column for column in columns if column not in stays]
    given = ", ".join([*["%s"] * len(_LETTER_COLUMNS), *_FRESH.values()])
    return f"""
    INSERT INTO petitions_letter (petition_id, duplicate_hash, {", ".join(columns)})
    SELECT petition.id, %s, {given}
      FROM petitions_petition AS petition{after} WHERE petition.id = %s
    ON CONFLICT (duplicate_hash) DO UPDATE
       SET {", ".join(f"{column} = excluded.{column}" for column in renewed)}
    """  # noqa: S608


_UPSERT_LETTER = _upsert_letter()
# One statement is a transaction by itself, and one way there and back instead of four. The letter
# asks for the outcome of the signature, so that PostgreSQL locks them in the order in which a press
# on the button does; left to itself it takes the letter first, and the two wait for each other.
_UPSERT_BOTH = f"""
    WITH signed AS ({_UPSERT_SIGNATURE} RETURNING 1)
    {_upsert_letter(after=", (SELECT count(*) FROM signed) AS before")}
"""  # noqa: S608
_UPSERT_LETTER_BUT_NOT_THE_WISH = _upsert_letter(stays=("wants_updates",))


class Confirmation(enum.Enum):
    """What became of a press on the button."""

    COUNTED = "counted"  # now or by an earlier press; or waits for an editor: see its standing
    REPLACED = "replaced"  # signed again since that letter; the newer letter counts
    CLOSED = "closed"
    REFUSED = "refused"  # the editors' list does not take this address or its provider
    GONE = "gone"  # expired and erased, or withdrawn


def sign(
    petition: Petition,
    *,
    level: Signature.Level,
    address: str,
    name: str = "",
    shown_name: str = "",
    country: str = "",
    language: str = "en",
    wants_updates: bool = False,
    network_bucket: int | None = None,
) -> None:
    """Store a pending signature and a letter to its mailbox: the same for everybody.

    Whether the mailbox has signed before is neither asked nor told; the letter will know. Only
    inserts, of rows that no other mailbox shares. Raises sealing.KeyMissing, or IntegrityError
    where the petition is gone, and then stores nothing.
    """
    now = timezone.now()
    key = sealing.petition_key(petition.duplicate_key_id)
    duplicate_hash = key.hash_of(addresses.canonical(address))
    # Who is only counted leaves an empty box; it looks like any other.
    is_named = level != Signature.Level.COUNT
    content = {"name": name, "address": address, "country": country} if is_named else {}
    values = {
        "sealed_box": sealing.seal(petition.sealing_key_id, content),
        "level": level,
        "country": country,
        "signed_on": now.date(),
        "signed_hour": now.hour,
        "mail_class": addresses.mail_class(address, key),
        "network_bucket": network_bucket,
        **_shown(level, shown_name),
    }
    row = [duplicate_hash, *(values[column] for column in _COLUMNS)]
    row += [petition.pk, date.min, settings.LETTERS_PER_DAY]
    letter = _letter(petition, duplicate_hash, address, language, wants_updates, now)
    if connection.vendor == "postgresql":
        written_count = statements.write(_UPSERT_BOTH, [*row, *letter])
    else:
        with transaction.atomic():
            statements.write(_UPSERT_SIGNATURE, row)
            written_count = statements.write(_UPSERT_LETTER, letter)
    _require_written(written_count)
    measured.note(measured.SIGNATURES, "taken")


def _require_written(rows_count: int) -> None:
    # As a foreign key would have it, which would lock the petition's row for each signature.
    if not rows_count:
        raise IntegrityError("The petition is gone.")


def _shown(level: Signature.Level, name: str) -> dict[str, object]:
    """What is stored of a name to be shown; nothing for those who want none shown."""
    if level != Signature.Level.PUBLIC:
        return {"locked_name": None, "name_state": ""}
    return {"locked_name": sealing.lock(name), "name_state": Signature.NameState.WAITING}


def _letter(
    petition: Petition,
    duplicate_hash: bytes,
    address: str,
    language: str,
    wants_updates: bool,
    now: datetime,
) -> list[object]:
    """A letter's row, to be sent now."""
    moment = connection.ops.adapt_datetimefield_value
    give_up_after = now + timedelta(days=settings.LETTER_TRIES_DAYS)
    locked = sealing.lock(address)
    moments = (moment(now), moment(give_up_after))
    return [duplicate_hash, locked, language, wants_updates, *moments, petition.pk]


def read_link(token: str) -> tuple[Signature | None, tokens.Claim]:
    """The signature that a letter's link is about, if it is still there, and what it claims.

    The link leads to a private page as long as the signature exists; only an unanswered letter
    grows too old. Raises tokens.BadToken, tokens.ExpiredToken.
    """
    claim = tokens.read(tokens.SIGNATURE, token)
    signature = _find(claim.signature_id)
    check_age(signature, token)
    return signature, claim


def check_age(signature: Signature | None, token: str) -> None:
    """Raise tokens.ExpiredToken where the letter of this signature was not answered in time."""
    if signature is None:
        tokens.read(tokens.SIGNATURE, token, timedelta(days=settings.CONFIRMATION_DAYS))
    elif signature.is_expired:
        raise tokens.ExpiredToken


def state(signature: Signature | None, claim: tokens.Claim) -> Confirmation | None:
    """How a signature stands, seen from a letter; None where the button is still to be pressed."""
    if signature is None or claim_on(signature).mailbox != claim.mailbox:
        return Confirmation.GONE
    if signature.confirmed_on:
        return Confirmation.COUNTED
    if signature.is_refused:
        return Confirmation.REFUSED
    if claim_on(signature) != claim:
        return Confirmation.REPLACED
    if not signature.petition.is_confirmable:
        return Confirmation.CLOSED
    return None


def confirm_by_link(token: str, *, wants_updates: bool = False) -> Confirmation:
    """Count the signature that a letter's link is about. Raises tokens.BadToken, ExpiredToken."""
    is_simple = connection.vendor == "postgresql" and not wants_updates
    if is_simple and _count_claimed(tokens.read(tokens.SIGNATURE, token)):
        measured.note(measured.SIGNATURES, "confirmed")
        return Confirmation.COUNTED
    return confirm(*read_link(token), wants_updates=wants_updates)


def confirm(
    signature: Signature | None, claim: tokens.Claim, *, wants_updates: bool = False
) -> Confirmation:
    """Count a signature whose owner answered our letter: once, however often they press.

    Their wish for updates is heard with the press that counts, while the letter has the address.
    """
    if outcome := state(signature, claim):
        return outcome
    if not _count(signature, wants_updates):  # another press did, or it has changed since
        return confirm(_find(signature.pk), claim, wants_updates=wants_updates)
    measured.note(measured.SIGNATURES, "confirmed")
    return Confirmation.COUNTED


@transaction.atomic
def _count(signature: Signature, wants_updates: bool) -> bool:
    # The WHERE clause is the lock: of two presses, one moves the row and writes to the ledger.
    # It names the box and the standing as well, which may have changed since they were read.
    moved = (
        Signature.objects.filter(
            pk=signature.pk, sealed_box=signature.sealed_box, standing=signature.standing
        )
        .pending()
        .update(confirmed_on=timezone.now().date())
    )
    if not moved:
        return False
    if signature.standing == Signature.Standing.COUNTS:
        counting.record(signature, +1)
    if wants_updates:
        subscribing.subscribe(signature)
    _forget_letters(signature)
    return True


# What `state` and `_count` do of the usual press, in one statement, which is a transaction by
# itself: a pending signature that neither a list nor an editor has looked at, in the version that
# the letter is about, in time. The hashes are those of tokens.claim_on.
_COUNT_CLAIMED = """
    WITH moved AS (
        UPDATE petitions_signature AS signature SET confirmed_on = %s
          FROM petitions_petition AS petition
         WHERE signature.id = %s AND petition.id = signature.petition_id
           AND signature.confirmed_on IS NULL AND signature.standing = %s
           AND signature.signed_on >= %s
           AND encode(substring(sha256(signature.duplicate_hash) FOR 8), 'hex') = %s
           AND encode(substring(sha256(signature.sealed_box) FOR 8), 'hex') = %s
           AND petition.withdrawn_on IS NULL
           AND (petition.closes_at IS NULL OR petition.closes_at > %s)
        RETURNING signature.petition_id, signature.country, signature.duplicate_hash
    ), entry AS (
        INSERT INTO petitions_ledgerentry (petition_id, country, value, leaf)
        SELECT petition_id, country, 1, %s FROM moved
    ), letter AS (
        DELETE FROM petitions_letter USING moved
         WHERE petitions_letter.duplicate_hash = moved.duplicate_hash
    )
    SELECT count(*) FROM moved
"""


def _count_claimed(claim: tokens.Claim) -> bool:
    now = timezone.now()
    closed_since = now - timedelta(hours=settings.CONFIRMATION_GRACE_HOURS)
    signed_since = now.date() - timedelta(days=settings.CONFIRMATION_DAYS)
    of_claim = [claim.signature_id, Signature.Standing.COUNTS.value, signed_since]
    fingerprints = [claim.mailbox, claim.version, closed_since]
    row = [now.date(), *of_claim, *fingerprints, counting.new_leaf()]
    return bool(statements.run(_COUNT_CLAIMED, row)[0][0])


def find_by_code(petition: Petition, *, address: str, code: str) -> Signature | None:
    """The signature of this mailbox, if the code is the one in its newest letter.

    None tells nobody whether the mailbox has signed. Raises sealing.KeyMissing.
    """
    canonical = addresses.canonical(address)
    duplicate_hash = sealing.duplicate_hash(petition.duplicate_key_id, canonical)
    signature = (
        Signature.objects.select_related("petition").filter(duplicate_hash=duplicate_hash).first()
    )
    if signature and tokens.is_short_code(code, claim_on(signature)):
        return signature
    return None


@transaction.atomic
def withdraw(signature: Signature | None, claim: tokens.Claim) -> bool:
    """Erase a signature and, if it counted, write one less to the ledger. True the first time.

    Works whether the petition is open or has closed, and whether or not the letter was answered.
    """
    if signature is None or claim_on(signature).mailbox != claim.mailbox:
        return False
    # Its own row, locked: whoever presses "confirm" at this moment comes before or after.
    row = Signature.objects.select_for_update().filter(pk=signature.pk).first()
    if row is None:
        return False
    _forget_letters(row)
    subscribing.unsubscribe(row.duplicate_hash)
    if row.is_counting:
        counting.record(row, -1)
    row.delete()
    return True


@transaction.atomic
def change_level(
    signature: Signature | None,
    claim: tokens.Claim,
    *,
    level: Signature.Level,
    name: str = "",
    shown_name: str = "",
) -> bool:
    """Let somebody give more or less of themselves; the signature goes on counting as before.

    Only once it is confirmed: until then the letter vouches for what is in the box. What is
    sealed already stays; whoever was only counted seals the name alone, since their address is
    no longer known. True if anything changed. Raises sealing.KeyMissing.
    """
    if signature is None or claim_on(signature).mailbox != claim.mailbox:
        return False
    row = Signature.objects.confirmed().select_for_update().filter(pk=signature.pk).first()
    if row is None or row.level == level != Signature.Level.PUBLIC:
        return False
    changed = {"level": level, "name_decided_on": None, **_shown(level, shown_name)}
    key_id = signature.petition.sealing_key_id
    if level == Signature.Level.COUNT:
        changed["sealed_box"] = sealing.seal(key_id, {})
    elif row.level == Signature.Level.COUNT:
        changed["sealed_box"] = sealing.seal(key_id, {"name": name, "country": row.country})
    return bool(Signature.objects.filter(pk=row.pk).update(**changed))


@transaction.atomic
def start_updates(signature: Signature | None, claim: tokens.Claim) -> bool:
    """Subscribe whoever asked for updates once they say so in their inbox. True the first time."""
    if signature is None or claim_on(signature).mailbox != claim.mailbox:
        return False
    # Locked like a withdrawal, so that nothing is kept of somebody who leaves at this moment.
    row = Signature.objects.select_for_update().filter(pk=signature.pk).confirmed().first()
    letter = subscribing.waiting_letter(row) if row else None
    if letter is None or not letter.wants_updates:
        return False
    subscribing.subscribe(row)
    _forget_letters(row)
    return True


def stop_updates(signature: Signature | None, claim: tokens.Claim) -> bool:
    """End the updates to whoever signed; the signature goes on counting. True the first time."""
    if signature is None or claim_on(signature).mailbox != claim.mailbox:
        return False
    return subscribing.unsubscribe(signature.duplicate_hash)


def ask_for_link(
    petition: Petition, *, address: str, language: str, wants_updates: bool | None = None
) -> None:
    """Put a letter with the private link into the outbox, for whoever lost it or wants updates.

    The same row for every address: the worker drops a letter that has no signature to be about.
    Raises sealing.KeyMissing, or IntegrityError where the petition is gone.
    """
    duplicate_hash = sealing.duplicate_hash(petition.duplicate_key_id, addresses.canonical(address))
    has_no_wish = wants_updates is None  # then that of an earlier form stays
    _require_written(
        statements.write(
            _UPSERT_LETTER_BUT_NOT_THE_WISH if has_no_wish else _UPSERT_LETTER,
            _letter(
                petition, duplicate_hash, address, language, bool(wants_updates), timezone.now()
            ),
        )
    )


def claim_on(signature: Signature) -> tokens.Claim:
    """What a letter about this signature may claim, as it stands now."""
    return tokens.claim_on(signature.pk, signature.duplicate_hash, signature.sealed_box)


def _find(signature_id: int) -> Signature | None:
    rows = Signature.objects.select_related("petition")
    # Long, and none of it is on a signer's own page.
    return rows.defer("petition__text", "petition__result").filter(pk=signature_id).first()


def _forget_letters(signature: Signature) -> None:
    Letter.objects.filter(duplicate_hash=signature.duplicate_hash).delete()
