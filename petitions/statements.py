"""Hand-written statements that a flood consists of, as cheap as a database can have them.

PostgreSQL reads and plans each of them once a connection, not once a signature. And nobody asks
first whether the connection is still alive, as Django does at the beginning of a request: where
it is not, the statement is sent again over another one. So here belongs only what may be done
twice: should the first one have arrived after all, the second one finds it done.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

Cursor = CursorWrapper | psycopg.Cursor
Outcome = TypeVar("Outcome")


def run(sql: str, values: Sequence[object]) -> list[tuple]:
    """Run a statement; returns its rows, if it has any."""
    return _run(sql, values, _rows)


def write(sql: str, values: Sequence[object]) -> int:
    """Run a statement; returns how many rows it has written."""
    return _run(sql, values, _written_count)


def _run(sql: str, values: Sequence[object], outcome: Callable[[Cursor], Outcome]) -> Outcome:
    connection = connections[DEFAULT_DB_ALIAS]  # looked up once: the proxy does it at each touch
    # Where somebody counts or reads along, Django has to see them.
    if connection.vendor != "postgresql" or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return outcome(cursor)
    try:
        return outcome(_run_prepared(connection, sql, values))
    except (OperationalError, InterfaceError):
        # In a transaction, what went before would be missing.
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return outcome(_run_prepared(connection, sql, values))


def _rows(cursor: Cursor) -> list[tuple]:
    if isinstance(cursor, psycopg.Cursor):
        # It has no row's number where no rows are to come; to describe them takes far longer.
        return [] if cursor.rownumber is None else cursor.fetchall()
    return cursor.fetchall() if cursor.description else []


def _written_count(cursor: Cursor) -> int:
    return cursor.rowcount


def _run_prepared(
    connection: BaseDatabaseWrapper, sql: str, values: Sequence[object]
) -> psycopg.Cursor:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = _cursor_of(connection)
        return cursor.execute(sql, values, prepare=True)


def _cursor_of(connection: BaseDatabaseWrapper) -> psycopg.Cursor:
    """One for as long as the connection lasts: to make one takes as long as to use it."""
    cursor = getattr(connection, "kept_cursor", None)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = connection.kept_cursor = psycopg.Cursor(connection.connection)
    return cursor
