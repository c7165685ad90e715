"""Which state of the content is a page made from? A word that every change of content replaces.

Whatever writes to a table that readers see, from the desk, a command or the worker, by the ORM or
by hand-written SQL, replaces the word once it is committed. So a page that is kept under the word
is never older than the last change, and nothing has to know which pages a change concerns.
"""

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache as once

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger("stories.generation")

KEY = "content.generation"
OUT_OF_REACH = "FFFFFFFF/FFFFFFFF"  # the last pg_lsn: no replica ever comes so far


@dataclass(frozen=True)
class Watched:
    """An app whose tables readers see, but for some; of those perhaps a part after all."""

    unseen: frozenset[str]  # names of models
    seen_columns: dict[str, str] = field(default_factory=dict)  # by model: one whose change is seen


_watched = {
    "stories": Watched(frozenset({"SearchEntry"})),
}
_WRITES = re.compile(
    r'\s*(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.I
)


def current() -> str:
    """The word of this moment. Lets the cache's own faults through."""
    if (word := cache.get(KEY)) is None:
        cache.add(KEY, _new(), None)  # of two who make one, one is first and both take that
        word = cache.get(KEY)
    return word


def known() -> str | None:
    """The word, under which something may be kept; None where nothing is to be, or nobody knows."""
    if not settings.PAGE_CACHE_SECONDS:
        return None
    try:
        return current()
    except Exception as error:
        log.error("generation unknown", exc_info=error)
        return None


def known_with(key: str) -> tuple[str | None, object]:
    """The word, and what the cache has under another key: asked at once, since to ask is what
    takes time. Nothing for what is not there, or where nobody knows."""
    if not settings.PAGE_CACHE_SECONDS:
        return None, None
    try:
        found = cache.get_many([KEY, key])
        return found.get(KEY) or current(), found.get(key)
    except Exception as error:
        log.error("generation unknown", exc_info=error)
        return None, None


def position() -> str:
    """How far a replica must have come to hold the last edit (a pg_lsn); empty without one."""
    return current().partition(".")[0]


def advance() -> None:
    """Replace the word once this transaction is committed; at once where there is none."""
    transaction.on_commit(_replace, robust=True)


def look_at(app: str, *, unseen: Iterable[str], seen_columns: dict[str, str]) -> None:
    """Let another app say what of its tables readers see."""
    _watched[app] = Watched(frozenset(unseen), seen_columns)
    _seen_tables.cache_clear()


def watch(connection: BaseDatabaseWrapper, **of_signal: object) -> None:
    """Look at each statement of a connection, once."""
    if _notice not in connection.execute_wrappers:
        connection.execute_wrappers.append(_notice)


def _notice(execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
    result = execute(sql, params, many, context)
    if (found := _WRITES.match(sql)) and _is_seen(found[1], sql) and _has_written(context, sql):
        alias = context["connection"].alias
        transaction.on_commit(_replace, using=alias, robust=True)
    return result


def _has_written(context: dict, sql: str) -> bool:
    # SQLite counts what RETURNING gives back only once it is fetched, as each new row's id is.
    return bool(context["cursor"].rowcount) or " RETURNING " in sql


def _is_seen(table: str, sql: str) -> bool:
    column = _seen_tables().get(table)
    return column == "" or (column is not None and f'"{column}" =' in sql)


@once
def _seen_tables() -> dict[str, str]:
    """By table: the one column that is seen, or nothing where all are."""
    tables = {}
    for app, watched in _watched.items():
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            column = watched.seen_columns.get(model.__name__, "")
            if column or model.__name__ not in watched.unseen:
                tables[model._meta.db_table] = column
    return tables


def _replace() -> None:
    try:
        cache.set(KEY, _new(), None)
    except Exception as error:  # the change itself is safe; pages are old for some seconds
        log.error("generation not advanced", exc_info=error)


def _new() -> str:
    return f"{_written_so_far()}.{secrets.token_hex(8)}"


def _written_so_far() -> str:
    """The end of PostgreSQL's log at this moment, where a replica follows it."""
    if "replica" not in settings.DATABASES:
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn()")
            return str(cursor.fetchone()[0])
    except DatabaseError as error:
        log.error("position of the last edit unknown", exc_info=error)
        return OUT_OF_REACH
