"""Which state of the content is a page made from? A word that every change of content replaces.

Whatever writes to a table that readers see, from the desk, a command or the worker, by the ORM or
by hand-written SQL, replaces the word once it is committed. So a page that is kept under the word
is never older than the last change, and nothing has to know which pages a change concerns.
"""

import logging
import re
import secrets
from collections.abc import Callable
from functools import cache as once

from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger("advocacy.generation")

KEY = "content.generation"
# What signers, editors and the worker write without any reader seeing it. The number of signatures
# is seen, and is never older than settings.PAGE_CACHE_SECONDS.
UNSEEN = {
    "petitions.Signature", "petitions.Letter", "petitions.Subscription", "petitions.Delivery",
    "petitions.LedgerEntry", "petitions.Tally", "petitions.Block", "petitions.StaffAct",
    "petitions.Invalidation", "stories.SearchEntry", "stories.Consent", "stories.GuardedName",
}  # fmt: skip
# Names that signers let be shown, and editors let through.
_SEEN_PART = ("petitions_signature", '"name_state" =')
_SEEN_APPS = ("stories", "petitions")
_WRITES = re.compile(
    r'\s*(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.I
)


def current() -> str:
    """The word of this moment. Lets the cache's own faults through."""
    if (word := cache.get(KEY)) is None:
        cache.add(KEY, _new(), None)  # of two who make one, one is first and both take that
        word = cache.get(KEY)
    return word


def advance() -> None:
    """Replace the word once this transaction is committed; at once where there is none."""
    transaction.on_commit(_replace, robust=True)


def watch(connection: BaseDatabaseWrapper, **of_signal: object) -> None:
    """Look at each statement of a connection, once."""
    if _notice not in connection.execute_wrappers:
        connection.execute_wrappers.append(_notice)


def _notice(execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
    result = execute(sql, params, many, context)
    if (found := _WRITES.match(sql)) and _is_seen_in(found[1], sql) and context["cursor"].rowcount:
        alias = context["connection"].alias
        transaction.on_commit(_replace, using=alias, robust=True)
    return result


def _is_seen_in(table: str, sql: str) -> bool:
    return table in _seen_tables() or (table == _SEEN_PART[0] and _SEEN_PART[1] in sql)


@once
def _seen_tables() -> frozenset[str]:
    models = [m for m in apps.get_models(include_auto_created=True) if _is_seen(m)]
    return frozenset(model._meta.db_table for model in models)


def _is_seen(model: type) -> bool:
    return model._meta.app_label in _SEEN_APPS and model._meta.label not in UNSEEN


def _replace() -> None:
    try:
        cache.set(KEY, _new(), None)
    except Exception as error:  # the change itself is safe; pages are old for some seconds
        log.error("generation not advanced", exc_info=error)


def _new() -> str:
    return secrets.token_hex(8)
