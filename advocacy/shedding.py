"""Saying “not now” in time, instead of letting everybody wait for nothing.

What is in memory, static files and pictures are answered always. For all else a request is turned
away with 503 and a page that gives back what was typed, where

- so many processes are stuck with somebody else's request that the last ones have to be kept free,
- or it has waited for too long already, so that nobody may be there to read the answer.

Who confirms is turned away last, then who signs; readers of a page that is not in memory first.
Most of those who have waited too long are told so before: see `turned_away.py`.
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from advocacy import given_back, languages
from advocacy.at_work import MOST_PROCESSES, Board, board

RETRY_AFTER_SECONDS = 30
# A clock that is off by more is no clock.
MOST_WAITED_SECONDS = 600


class Rank(NamedTuple):
    """Until when somebody is answered."""

    waited_seconds: float  # since the proxy had the whole request
    waiting_count: int  # where no proxy says so: others behind them at the same port
    spared_in: int  # one process of so many is kept free of their requests, and one in any case


READING = Rank(3, 128, 4)
SIGNING = Rank(5, 256, 8)
CONFIRMING = Rank(10, 384, MOST_PROCESSES)

# Files and what machines ask: answered without the database.
_ALWAYS = re.compile(r"/(media|static)/|/healthz$|/robots\.txt$|/favicon\.ico$")
# Letters lead there; and editors have to reach the switches.
_CONFIRMING = re.compile(r"/(signatures|updates)/|/petitions/[^/]+/code/$|/readyz$")
_SIGNING = re.compile(r"/petitions/[^/]+/(sign|signed|link|link/sent|withdrawn|updates/asked)/$")


class Shedding:
    """Turns requests away while there is too much to do; notes when one is begun and ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.board: Board = board

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _ALWAYS.match(request.path_info):
            return self.get_response(request)
        rank = rank_of(request.path_info)
        is_late = is_too_late(request.META, rank, self.board)
        if is_late or not self.board.begin(rank.spared_in):
            return given_back.give_back(request, "busy", RETRY_AFTER_SECONDS)
        try:
            return self.get_response(request)
        finally:
            self.board.end()


def is_too_late(environ: dict[str, object], rank: Rank, board: Board) -> bool:
    """Whether a request has waited for longer than its rank allows, or too many are behind it."""
    waited = waited_seconds(environ)
    if waited is None:
        port = environ.get("SERVER_PORT", "")  # the one that it came in by
        return board.waiting_count(port) > rank.waiting_count
    return waited > rank.waited_seconds


def rank_of(path: str) -> Rank:
    """How long somebody is answered, by where they want to go."""
    if path.startswith(settings.ADMIN_PATH):
        return CONFIRMING
    if language := languages.of_path(path):
        path = path.removeprefix(f"/{language}")
    if _CONFIRMING.match(path):
        return CONFIRMING
    return SIGNING if _SIGNING.match(path) else READING


def waited_seconds(environ: dict[str, object]) -> float | None:
    """How long a request has waited since the proxy sent it on; None where no proxy of ours says.

    nginx writes the moment, in seconds, into X-Request-Start, whatever the reader had sent.
    """
    if not settings.BEHIND_PROXY:
        return None
    with suppress(ValueError):
        sent_at = float(environ.get("HTTP_X_REQUEST_START", "").removeprefix("t="))
        waited = time.time() - sent_at
        return max(0.0, waited) if abs(waited) < MOST_WAITED_SECONDS else None
    return None
