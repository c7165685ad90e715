"""What is there to see behind the link of a letter? Changes nothing.

On a busy night each who signs looks twice, before pressing the button and after it. So where pages
are kept, all that the database knows of one signature is one prepared question, and the petition is
the one that this process has in memory.
"""

from datetime import date
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection

from petitions import opening, signing, statements, subscribing, tokens
from petitions.models import Letter, Signature, Subscription


class Updates(NamedTuple):
    """How it stands with updates for whoever signed."""

    is_address_known: bool = False  # by the letter that waits for their press
    is_wished: bool = False
    is_subscribed: bool = False
    undeliverable_on: date | None = None


class Seen(NamedTuple):
    """A signature, if it is still there, what the link claims, and how it stands with updates."""

    signature: Signature | None
    claim: tokens.Claim
    updates: Updates


def look(token: str, word: str | None) -> Seen:
    """What a letter's link is about, by what is kept under this word (`stories/generation.py`).

    Raises tokens.BadToken, tokens.ExpiredToken.
    """
    if word is None or connection.vendor != "postgresql":
        signature, claim = signing.read_link(token)
        return Seen(signature, claim, _updates_of(signature) if signature else Updates())
    claim = tokens.read(tokens.SIGNATURE, token)
    signature, updates = _at_once(claim.signature_id, word)
    signing.check_age(signature, token)
    return Seen(signature, claim, updates)


def _updates_of(signature: Signature) -> Updates:
    letter, subscription = subscribing.waiting_letter(signature), subscribing.of(signature)
    return Updates(
        is_address_known=letter is not None,
        is_wished=bool(letter and letter.wants_updates),
        is_subscribed=subscription is not None,
        undeliverable_on=subscription and subscription.undeliverable_on,
    )


_FIELDS = [field.attname for field in Signature._meta.concrete_fields]
# Letter and subscription of a mailbox carry the hash of the signature; there is one of each.
_LOOK = f"""
    SELECT letter.id IS NOT NULL, coalesce(letter.wants_updates, false),
           subscription.id IS NOT NULL, subscription.undeliverable_on,
           {", ".join(f'signature."{field.column}"' for field in Signature._meta.concrete_fields)}
      FROM {Signature._meta.db_table} AS signature
      LEFT JOIN {Letter._meta.db_table} AS letter USING (duplicate_hash)
      LEFT JOIN {Subscription._meta.db_table} AS subscription USING (duplicate_hash)
     WHERE signature.id = %s
"""  # noqa: S608 - names of ours


def _at_once(signature_id: int, word: str) -> tuple[Signature | None, Updates]:
    for row in statements.run(_LOOK, [signature_id]):
        signature = Signature.from_db(DEFAULT_DB_ALIAS, _FIELDS, row[4:])
        signature.petition = opening.of(signature.petition_id, word)
        return signature, Updates(*row[:4])
    return None, Updates()
