"""The few statements that PostgreSQL keeps prepared, and what becomes of them when it goes away."""

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from petitions import statements
from petitions.models import Letter, Signature
from tests.factories import make_petition, sign

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL prepares them"),
]


def break_connection() -> None:
    """As when the database is started anew between two requests."""
    connection.ensure_connection()
    number = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn) as another:
        another.execute("SELECT pg_terminate_backend(%s, 5000)", [number])


def test_mira_who_signs_after_the_database_was_started_anew_notices_nothing():
    petition = make_petition()
    break_connection()
    sign(petition)
    assert (Signature.objects.count(), Letter.objects.count()) == (1, 1)


def test_in_the_middle_of_a_transaction_nothing_is_sent_again():
    make_petition()
    with pytest.raises(OperationalError), transaction.atomic():
        break_connection()
        statements.run("SELECT 1", [])


def test_a_statement_is_planned_once_however_many_sign():
    petition = make_petition()
    for who in ("mira", "sam", "noor"):
        sign(petition, f"{who}@example.org")
    rows = statements.run(
        "SELECT statement FROM pg_prepared_statements WHERE statement LIKE %s", ["%signed AS%"]
    )
    assert len(rows) == 1
