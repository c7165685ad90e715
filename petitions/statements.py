"""Hand-written statements that a flood consists of, as cheap as a database can have them.

PostgreSQL reads and plans each of them once a connection, not once a signature. And nobody asks
first whether the connection is still alive, as Django does at the beginning of a request: where
it is not, the statement is sent again over another one. So here belongs only what may be done
twice: should the first one have arrived after all, the second one finds it done.
"""

from collections.abc import Sequence

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper


def run(sql: str, values: Sequence[object]) -> list[tuple]:
    """Run a statement; returns its rows, if it has any."""
    connection = connections[DEFAULT_DB_ALIAS]  # looked up once: the proxy does it at each touch
    # Where somebody counts or reads along, Django has to see them.
    if connection.vendor != "postgresql" or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    try:
        return _run_prepared(connection, sql, values)
    except (OperationalError, InterfaceError):
        # In a transaction, what went before would be missing.
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _run_prepared(connection, sql, values)


def _run_prepared(
    connection: BaseDatabaseWrapper, sql: str, values: Sequence[object]
) -> list[tuple]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = _cursor_of(connection)
        cursor.execute(sql, values, prepare=True)
        # It has no row's number where no rows are to come; to describe them takes far longer.
        return [] if cursor.rownumber is None else cursor.fetchall()


def _cursor_of(connection: BaseDatabaseWrapper) -> psycopg.Cursor:
    """One for as long as the connection lasts: to make one takes as long as to use it."""
    cursor = getattr(connection, "kept_cursor", None)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = connection.kept_cursor = psycopg.Cursor(connection.connection)
    return cursor
