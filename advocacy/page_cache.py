"""Whole pages, kept in the process: the same bytes for everybody, made once and sent many times.

Kept is only what its view calls public (`stories.publishing.for_everybody`) or the same for all who
sign (`petitions.views.answers.same_for_all_signers`), under the generation of the content
(stories/generation.py), so that an edit shows at once. Numbers may be some seconds
old. While one request makes an old page anew, the others get the old one; where making it fails,
they go on getting it for an hour. What somebody looks for is never kept.
"""

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.cache import cc_delim_re, get_conditional_response

from advocacy import traffic
from advocacy.compression import accepted
from stories import generation

STALE_SECONDS = 3600
MOST_PATH_CHARACTERS = 300
MOST_ENTRY_BYTES = 512 * 1024
# Anything else in an address is somebody's own, such as words that they look for.
_QUERY = re.compile(r"(page=[0-9]{1,4})?")
_VARIES = {"", "accept-encoding"}

Next = Callable[[HttpRequest], HttpResponse]
Key = tuple[str, str, str]  # path, query, encoding


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as it left."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str
    match: ResolverMatch
    made_at: float


class Pages:
    """Pages of one generation, the least recently used first to go. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._in_the_making: dict[Key, threading.Lock] = {}
        self._bytes_count = 0
        self._generation = ""

    def get(self, key: Key, generation: str) -> Entry | None:
        """The page, if it is of this generation. All of an older one are forgotten."""
        with self._lock:
            if generation != self._generation:
                self._forget_all(generation)
            if entry := self._entries.get(key):
                self._entries.move_to_end(key)
            return entry

    def put(self, key: Key, generation: str, entry: Entry) -> None:
        """Keep a page, unless the content has changed since it was begun."""
        with self._lock:
            if generation != self._generation:
                return
            self._remove(key)
            self._entries[key] = entry
            self._bytes_count += len(entry.body)
            while self._bytes_count > settings.PAGE_CACHE_BYTES:
                self._remove(next(iter(self._entries)))

    def drop(self, key: Key) -> None:
        """Forget one page."""
        with self._lock:
            self._remove(key)

    def maker(self, key: Key) -> threading.Lock:
        """Held by whoever makes this page."""
        with self._lock:
            if len(self._in_the_making) > 10_000:
                self._in_the_making.clear()  # at worst a page is made twice
            return self._in_the_making.setdefault(key, threading.Lock())

    def _forget_all(self, generation: str) -> None:
        self._entries.clear()
        self._bytes_count, self._generation = 0, generation

    def _remove(self, key: Key) -> None:
        if entry := self._entries.pop(key, None):
            self._bytes_count -= len(entry.body)


class PageCache:
    """Answers from memory where it can."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.pages = Pages()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = _key(request)
        word = generation.known() if key else None
        if word is None:
            return self.get_response(request)
        request.get_host()  # an unknown one is refused here, too
        entry = self.pages.get(key, word)
        if entry and _age(entry) < settings.PAGE_CACHE_SECONDS:
            return _answer(request, entry, "kept")
        if request.method == "HEAD":  # has no body to keep
            return self.get_response(request)
        maker = self.pages.maker(key)
        if not maker.acquire(blocking=entry is None):
            return _answer(request, entry, "old")  # somebody is at it
        try:
            # Whoever had to wait for the first one finds it now.
            made = None if entry else self.pages.get(key, word)
            if made:
                return _answer(request, made, "kept")
            return self._make(request, key, word, entry)
        finally:
            maker.release()

    def _make(self, request: HttpRequest, key: Key, word: str, old: Entry | None) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 500 and old and _age(old) < STALE_SECONDS:
            return _answer(request, old, "old")
        if not _may_be_kept(response):
            self.pages.drop(key)
            return response
        entry = _entry(request, response)
        self.pages.put(key, word, entry)
        return _answer(request, entry, "made")


def _key(request: HttpRequest) -> Key | None:
    path, query = request.path_info, request.META.get("QUERY_STRING", "")
    if (
        not settings.PAGE_CACHE_SECONDS
        or request.method not in ("GET", "HEAD")
        or path.startswith(settings.ADMIN_PATH)
        or len(path) > MOST_PATH_CHARACTERS
        or not _QUERY.fullmatch(query)
    ):
        return None
    return path, query, accepted(request.META.get("HTTP_ACCEPT_ENCODING", ""))


def _may_be_kept(response: HttpResponse) -> bool:
    control = cc_delim_re.split(response.get("Cache-Control", ""))
    varies = {name.lower() for name in cc_delim_re.split(response.get("Vary", ""))}
    is_same_for_all = "public" in control or getattr(response, "is_same_for_all", False)
    return (
        response.status_code == 200
        and is_same_for_all
        and not response.streaming
        and not response.cookies
        and varies <= _VARIES
        and len(response.content) <= MOST_ENTRY_BYTES
    )


def _entry(request: HttpRequest, response: HttpResponse) -> Entry:
    if not response.has_header("ETag"):
        # Strong, since each encoding is kept by itself (RFC 9110, 8.8.3).
        digest = hashlib.blake2b(response.content, digest_size=12).hexdigest()
        response.headers["ETag"] = f'"{digest}"'
    response.headers["Content-Length"] = str(len(response.content))
    return Entry(
        body=response.content,
        headers=tuple(response.headers.items()),
        etag=response.headers["ETag"],
        match=request.resolver_match,
        made_at=time.monotonic(),
    )


def _answer(request: HttpRequest, entry: Entry, how: str) -> HttpResponse:
    traffic.note_page(how)
    request.resolver_match = entry.match  # for the log
    response = HttpResponse(entry.body)
    for name, value in entry.headers:
        response.headers[name] = value
    response.headers["Age"] = str(int(_age(entry)))
    if "HTTP_IF_NONE_MATCH" in request.META:
        return get_conditional_response(request, etag=entry.etag, response=response)
    return response


def _age(entry: Entry) -> float:
    return time.monotonic() - entry.made_at
