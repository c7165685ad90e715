"""Where does a page for everybody read from? From a copy of the database, where there is one.

`DATABASE_REPLICA_URL` names a streaming replica of PostgreSQL. It is asked only once it has
everything up to the last edit, however far behind it was: so no copy ever shows what was withdrawn.
Signers' own pages, the desk and the worker never ask it.
"""

import logging
import time
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Model

from stories import generation

log = logging.getLogger("stories.replica")

ALIAS = "replica"
# One that does not answer is left alone for so long.
AWAY_SECONDS = 10
_HAS_SEEN = "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= %s::pg_lsn"

_is_asked: ContextVar[bool] = ContextVar("replica_is_asked", default=False)
_away_until = 0.0


class PagesFromReplica:
    """Django's router: reading goes to the replica while a page for everybody is made of it."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """The replica, or whatever Django thinks best."""
        return ALIAS if _is_asked.get() else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """Never the replica, though the row was read there."""
        return "default"

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        """Both databases hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The replica gets its tables from the other one."""
        return db != ALIAS


def while_made(view: Any) -> Any:
    """Of a view whose page is the same for everybody: let it read from an up-to-date replica."""

    @wraps(view)
    def reading(*args: object, **kwargs: object) -> Any:
        """The view's answer."""
        if not is_up_to_date():
            return view(*args, **kwargs)
        before = _is_asked.set(True)
        try:
            return view(*args, **kwargs)
        finally:
            _is_asked.reset(before)

    return reading


def is_up_to_date() -> bool:
    """Whether there is a replica that has all edits. A fault of it is logged and means no."""
    global _away_until
    if ALIAS not in settings.DATABASES or time.monotonic() < _away_until:
        return False
    try:
        position = generation.position()
        if not position:
            return False
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(_HAS_SEEN, [position])
            return bool(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError) as error:
        log.error("replica not asked", exc_info=error)
        connections[ALIAS].close()
        _away_until = time.monotonic() + AWAY_SECONDS
    except Exception as error:  # of the shared cache, whichever it is: nobody knows the last edit
        log.error("replica not asked", exc_info=error)
    return False
