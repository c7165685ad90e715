"""Does the database answer, is it up to date, and does it keep what it was given?"""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from advocacy.doctor.finding import Finding, fault, ok, warn

SLOW_MS = 50
CLOCKS_APART_SECONDS = 5
OLDEST_POSTGRESQL = 13
# The worker, whoever asks by hand, and what PostgreSQL keeps back for its superuser.
OTHER_CONNECTIONS_COUNT = 8
_SETTINGS = ("server_version_num", "fsync", "synchronous_commit", "max_connections")


def look() -> Iterator[Finding]:
    """Whether it answers; then all that it can tell of itself."""
    answer = answers(connection)
    yield answer
    if answer.level == "FAULT":
        return
    yield migrations(connection)
    if connection.vendor == "sqlite":
        yield warn(
            "SQLite: one machine only, and one writer at a time",
            "For a large petition or several machines use PostgreSQL: docs/operations.md, "
            "“Moving from SQLite”.",
        )
        return
    yield from postgresql(_settings_of(connection), web_processes_count())
    yield clock(*_clocks(connection))


def make_no_file(database: BaseDatabaseWrapper) -> None:
    """Where there is no SQLite file yet, keep SQLite from making one: looking changes nothing."""
    name = database.settings_dict["NAME"]
    if database.vendor == "sqlite" and database.connection is None and not Path(name).exists():
        database.settings_dict["NAME"] = f"{Path(name).absolute().as_uri()}?mode=rw"


def answers(database: BaseDatabaseWrapper) -> Finding:
    """How long an answer takes, without connecting."""
    try:
        database.ensure_connection()
        began = time.perf_counter()
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        return fault(
            f"the database does not answer ({type(error).__name__})",
            "Look whether it runs (systemctl status postgresql), and at DATABASE_URL; "
            "on a new site: .venv/bin/python manage.py migrate",
        )
    milliseconds = (time.perf_counter() - began) * 1000
    words = f"the database answers within {milliseconds:.1f} ms"
    if milliseconds > SLOW_MS:
        return warn(words, "Look at the load of its machine, and at the network between the two.")
    return ok(words)


def migrations(database: BaseDatabaseWrapper) -> Finding:
    """Whether its tables are those of this code."""
    executor = MigrationExecutor(database)
    count = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if count:
        return fault(f"{count} migrations are not applied", ".venv/bin/python manage.py migrate")
    return ok("all migrations are applied")


def web_processes_count() -> int:
    """How many processes gunicorn starts: as in gunicorn.conf.py."""
    return int(os.environ.get("WEB_CONCURRENCY", 2 * (os.cpu_count() or 1) + 1))


def postgresql(told: dict[str, str], processes_count: int) -> Iterator[Finding]:
    """What PostgreSQL says of itself, judged."""
    version = int(told["server_version_num"]) // 10_000
    if version < OLDEST_POSTGRESQL:
        yield fault(
            f"PostgreSQL {version} is too old",
            f"Move to {OLDEST_POSTGRESQL} or newer, on Debian by pg_upgradecluster.",
        )
    else:
        yield ok(f"PostgreSQL {version}")
    for name in ("fsync", "synchronous_commit"):
        if told[name] == "off":
            yield fault(
                f"PostgreSQL: {name} is off, a power cut loses signatures",
                f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();",
            )
        else:
            yield ok(f"PostgreSQL: {name} is {told[name]}")
    yield _connections(int(told["max_connections"]), processes_count)


def clock(theirs: datetime, ours: datetime) -> Finding:
    """Whether two machines agree on what time it is: closing times and links depend on it."""
    apart = abs(theirs - ours)
    if apart > timedelta(seconds=CLOCKS_APART_SECONDS):
        return fault(
            f"our clock and the database’s are {apart.total_seconds():.0f} seconds apart",
            "On both machines: timedatectl set-ntp true, then timedatectl status.",
        )
    return ok("our clock and the database’s agree")


def _connections(allowed_count: int, processes_count: int) -> Finding:
    words = f"{processes_count} web processes, {allowed_count} connections allowed"
    to_do = "Set WEB_CONCURRENCY lower, or max_connections in postgresql.conf higher, and restart."
    if processes_count + OTHER_CONNECTIONS_COUNT > allowed_count:
        return fault(words, to_do)
    return warn(words, to_do) if 2 * processes_count > allowed_count else ok(words)


def _settings_of(database: BaseDatabaseWrapper) -> dict[str, str]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_SETTINGS)]
        )
        return dict(cursor.fetchall())


def _clocks(database: BaseDatabaseWrapper) -> tuple[datetime, datetime]:
    with database.cursor() as cursor:
        before = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
        return theirs, before + (timezone.now() - before) / 2
