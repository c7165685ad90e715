"""The whole database in one file and back, consistent while the site runs; nobody's sessions.

PostgreSQL by its own programs, which get the password from their environment and never from a
command line; SQLite by its backup API. What they say of a fault is passed on only where it can hold
no row.
"""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.contrib.sessions.models import Session
from django.db import connection

# libpq's parameters that may stand in DATABASE_URL, and the variables that say the same.
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "options": "PGOPTIONS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
# Comments would ask for rights that the owner of a database does not have on an extension.
_PLAIN = ("--no-owner", "--no-privileges", "--no-comments")
_IN_USE = b"55P03"  # lock_not_available
# Whoever still reads or writes is not waited for without end.
_EMPTY = """
BEGIN;
SET LOCAL lock_timeout = '20s';
SET LOCAL client_min_messages = error;
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
             WHERE schemaname = current_schema()
  LOOP EXECUTE 'DROP TABLE IF EXISTS ' || one || ' CASCADE'; END LOOP;
  FOR one IN SELECT oid::regprocedure::text FROM pg_proc
             WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS
             (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid
                                      AND deptype = 'e')  -- those of extensions stay
  LOOP EXECUTE 'DROP ROUTINE IF EXISTS ' || one || ' CASCADE'; END LOOP;
END $$;
"""


class NotCopied(Exception):
    """The database could not be written to a file or read from one. Names no row."""


def dump(file: Path) -> None:
    """Write the database as it is at one moment. Raises NotCopied."""
    if connection.vendor == "sqlite":
        with _sqlite_errors():
            _dump_sqlite(file)
        return
    # Not compressed: the archive around it is.
    shape = ("--format=custom", "--compress=0", *_PLAIN)
    without = f"--exclude-table-data={Session._meta.db_table}"
    with _start(["pg_dump", "--no-password", *shape, without, f"--file={file}"]) as program:
        _, said = program.communicate()
        if program.returncode:
            raise NotCopied(f"pg_dump: {_first_line(said)}")


def load(file: Path) -> None:
    """Put what `dump` wrote in the place of all that is there: all of it or nothing.

    Raises NotCopied.
    """
    connection.close()  # a transaction of ours would hold up what comes
    if connection.vendor == "sqlite":
        with _sqlite_errors():
            _load_sqlite(file)
        return
    _load_postgres(file)


def _dump_sqlite(file: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(file, isolation_level=None)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without others beside it
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute(f'DELETE FROM "{Session._meta.db_table}"')  # noqa: S608 (a name of ours)


def _load_sqlite(file: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as copy:
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise NotCopied("The database in this backup is damaged.")
        copy.backup(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise NotCopied(f"SQLite: {error.sqlite_errorname}") from None


def _load_postgres(file: Path) -> None:
    # As a script into psql, since pg_restore by itself knows only tables that are in the dump: one
    # that came with a later migration would stay and be in the way.
    read = ["pg_restore", "--exit-on-error", *_PLAIN, "--file=-", str(file)]
    # Of a fault its code alone: its words could quote a row.
    strict = ("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate")
    quiet = ("--quiet", "--output=/dev/null")
    write = ["psql", "--no-password", "--no-psqlrc", *quiet, *strict]
    with _start(read) as script, _start(write) as psql:
        _feed(script, psql)
        said = psql.stderr.read()
        if psql.wait():
            why = "somebody still uses the database" if _IN_USE in said else _first_line(said)
            raise NotCopied(f"psql: {why}. Nothing was changed.")


def _start(command: list[str]) -> subprocess.Popen:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(  # noqa: S603 (no shell, and nothing that a reader has typed)
            command, env=_environment(), stdin=pipe, stdout=pipe, stderr=pipe
        )
    except FileNotFoundError:
        raise NotCopied(f"{command[0]} is not installed (postgresql-client).") from None


def _feed(script: subprocess.Popen, psql: subprocess.Popen) -> None:
    try:
        psql.stdin.write(_EMPTY.encode())
        while part := script.stdout.read(1 << 16):
            psql.stdin.write(part)
        said = script.stderr.read()
        if script.wait():
            # No COMMIT: what psql has done so far is undone when its input ends.
            psql.stdin.close()
            raise NotCopied(f"pg_restore: {_first_line(said)}. Nothing was changed.")
        psql.stdin.write(b"\nCOMMIT;\n")
        psql.stdin.close()
    except BrokenPipeError:  # psql has stopped at a fault, and says which
        script.kill()
        psql.stdin.raw.close()


def _environment() -> dict[str, str]:
    parameters = connection.get_connection_params()
    found = {name: parameters.get(key) for key, name in _VARIABLES.items()}
    return os.environ | {name: str(value) for name, value in found.items() if value}


def _first_line(said: bytes) -> str:
    return (said.decode(errors="replace").strip().splitlines() or ["ended without a word"])[0]
