"""Rows as people would have left them, by the million."""

import time

BATCH_COUNT = 5_000_000

# In the order of the hashes: one that is written in the order of its index is written far sooner.
_SIGNED = """
    INSERT INTO petitions_signature
      (petition_id, level, duplicate_hash, sealed_box, country, signed_on, confirmed_on,
       letters_on, letters_count)
    SELECT %s, 'hand_in', substring(sha256((%s::text || n)::bytea) for 16),
           decode(repeat('ab', 184), 'hex'), 'DE', current_date - 20, current_date - 20,
           current_date - 20, 1
      FROM generate_series(1, %s) AS n
     ORDER BY 3
"""
_FLOOR = """
    INSERT INTO floor (hash, box)
    SELECT substring(sha256((%s::text || n)::bytea) for 16), decode(repeat('ab', 250), 'hex')
      FROM generate_series(1, %s) AS n
     ORDER BY 1
"""


def add(slug: str, count: int) -> None:
    """Let so many more people have signed a petition, here and at the floor."""
    from django.db import connection, transaction
    from django.db.models import F

    from petitions.models import Petition, Tally

    petition = Petition.objects.get(slug=slug)
    left = count
    with connection.cursor() as cursor:
        while left > 0:
            batch, mark = min(left, BATCH_COUNT), time.time_ns()
            with transaction.atomic():
                cursor.execute("SET LOCAL work_mem = '256MB'")
                # Does not ask for each row whether the petition is there.
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(_SIGNED, [petition.pk, mark, batch])
                cursor.execute(_FLOOR, [mark, batch])
            left -= batch
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    Tally.objects.filter(petition=petition).update(total=F("total") + max(count, 0))


_PENDING = """
    WITH signed AS (
        INSERT INTO petitions_signature
          (petition_id, level, duplicate_hash, sealed_box, country, signed_on, signed_hour,
           letters_on, letters_count)
        SELECT %s, 'hand_in', substring(sha256((%s::text || n)::bytea) for 16),
               decode(repeat('ab', 184), 'hex'), 'DE', current_date, 3, NULL, 0
          FROM generate_series(1, %s) AS n
        RETURNING id, duplicate_hash, sealed_box
    ), letter AS (
        INSERT INTO petitions_letter
          (petition_id, duplicate_hash, locked_address, language, is_reminder, wants_updates,
           tries_count, send_after, give_up_after, lease)
        SELECT %s, duplicate_hash, %s, 'en', %s, false, 0,
               now() + %s::interval, now() + interval '5 days', '' FROM signed
    )
    SELECT * FROM signed
"""


def pending(slug: str, count: int) -> list[str]:
    """Let so many people have signed and got their letter; the tokens of their links."""
    from petitions import tokens

    rows = _add_pending(slug, count, bytes(104), True, "2 days")
    return [tokens.make(tokens.SIGNATURE, tokens.claim_on(*row)) for row in rows]


def add_letters(slug: str, count: int) -> None:
    """Let so many people have signed whose letters wait to leave."""
    from petitions import sealing

    _add_pending(slug, count, sealing.lock("mira@example.org"), False, "0 days")


def _add_pending(
    slug: str, count: int, locked_address: bytes, has_left: bool, leaves_in: str
) -> list[tuple[int, bytes, bytes]]:
    from django.db import connection

    from petitions.models import Petition

    petition = Petition.objects.get(slug=slug)
    letter = [petition.pk, locked_address, has_left, leaves_in]
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [petition.pk, time.time_ns(), count, *letter])
        rows = cursor.fetchall()
        cursor.execute("CHECKPOINT")
    return rows


_ENTRIES = """
    INSERT INTO petitions_ledgerentry (petition_id, country, value, leaf)
    SELECT %s, (ARRAY['DE', 'FR', ''])[1 + n %% 3], 1, sha256((%s::text || n)::bytea)
      FROM generate_series(1, %s) AS n
"""


def add_entries(slug: str, count: int) -> None:
    """Let so many confirmations wait to be counted."""
    from django.db import connection

    from petitions.models import Petition

    petition = Petition.objects.get(slug=slug)
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [petition.pk, time.time_ns(), count])
        cursor.execute("VACUUM ANALYZE petitions_ledgerentry")


def empty_outbox() -> None:
    """Let no letter wait that somebody else has put there."""
    from petitions.models import Letter

    Letter.objects.all().delete()


def last_number(table: str) -> int:
    """The number that the newest row of a table has: how many there have ever been."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id'))", [table])
        return cursor.fetchone()[0] or 0
