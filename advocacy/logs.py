"""Logs as lines of JSON that say what happened and never to whom.

An exception's message may quote what somebody typed, and a path may hold the token from
somebody's letter. So neither is written: an exception is its class and the places it passed
through, a request is the pattern of its URL.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from gunicorn.config import Config
from gunicorn.glogging import Logger

from advocacy import request_ids

# Loggers whose messages quote the request. They keep their level and lose their words.
_QUOTING = ("django.request", "django.security", "django.db")
_SIGNAL = re.compile(r"SIG[A-Z0-9]{2,8}")


class JsonFormatter(logging.Formatter):
    """One JSON object a record, with nothing in it that a visitor sent."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON: time in UTC, level, logger, event, and what was added."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        if request_id := request_ids.current():
            line["request"] = request_id
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _without_words(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


class ServerLog(Logger):
    """gunicorn's own log, as careful as ours: its words would quote paths."""

    def setup(self, cfg: Config) -> None:
        """Exchange gunicorn's format for ours."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())


def _event(record: logging.LogRecord) -> str:
    if record.name.startswith(_QUOTING):
        return f"status {status}" if (status := getattr(record, "status_code", None)) else "refused"
    if record.name.startswith("gunicorn"):
        return _of_server(record)
    return record.getMessage()


def _of_server(record: logging.LogRecord) -> str:
    # "Worker (pid:812) was sent SIGKILL!", and "Error handling request …" without the request.
    if not record.args or not isinstance(record.args, tuple):
        return str(record.msg)
    known = (
        word if isinstance(word, int) or _SIGNAL.fullmatch(str(word)) else "…"
        for word in record.args
    )
    try:
        return str(record.msg) % tuple(known)
    except (TypeError, ValueError):  # else logging would print all that was left out here
        return str(record.msg)


def _without_words(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    facts = {
        "class": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-12:]],
    }
    if isinstance(error, ImproperlyConfigured):
        facts["what"] = str(error)  # says to the operator what is missing; no visitor is in it
    return facts
