"""Who has waited too long is told so at the door, before Django takes the request apart.

In a flood Django has better things to do. What is said is what it said to another one a moment ago
(`shedding.py`, `given_back.py`), headers included, around what this one typed. Each second it is
asked anew, and all that is out of the ordinary goes on to Django, which decides by the same rule.
"""

import io
import re
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpResponse

from advocacy import at_work, given_back, languages, lite, middleware, request_ids, shedding

KEPT_SECONDS = 1.0
MOST_KEPT_COUNT = 64
_FORM_TYPE = "application/x-www-form-urlencoded"
# Of another answer: its length, and the number of its request.
_OF_THAT_ONE = {"Content-Length", "X-Request-ID"}
_WHERE = re.compile(r"(?:/[A-Za-z-]{2,10})?/(?:petitions|signatures|updates)/")

Environ = dict[str, object]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
# What the answer depends on: light or not, language, whether there is something to give back, and
# of the headers host and scheme.
Key = tuple[bool, str | None, bool, object, object]


class Answer(NamedTuple):
    """What one was told, without what they typed."""

    made_at: float
    headers: list[tuple[str, str]]
    before: bytes
    after: bytes


class TurnedAway:
    """Stands before Django, as WSGI middleware."""

    def __init__(self, application: Callable[[Environ, StartResponse], Iterable[bytes]]) -> None:
        self.application = application
        self._kept: dict[Key, Answer] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        path = _path(environ)
        late = path and shedding.is_too_late(environ, shedding.rank_of(path), at_work.board)
        typed = _typed(environ) if late else None
        if typed is None:
            return self.application(environ, start_response)
        key = _key(environ, path, has_typed=bool(typed))
        answer = self._kept.get(key)
        if answer and time.monotonic() - answer.made_at < KEPT_SECONDS:
            return _say(answer, typed, start_response, started)
        response = self.application(environ, start_response)
        self._remember(key, response)
        return response

    def _remember(self, key: Key, response: Iterable[bytes]) -> None:
        said = getattr(response, "given_back", None)
        if not isinstance(response, HttpResponse) or not said or said.reason != "busy":
            return
        if len(self._kept) >= MOST_KEPT_COUNT:
            self._kept.clear()
        headers = [(name, value) for name, value in response.items() if name not in _OF_THAT_ONE]
        self._kept[key] = Answer(time.monotonic(), headers, said.before, said.after)


def _path(environ: Environ) -> str | None:
    """Where a form of ours is sent to, below the version's prefix; None if it is not one."""
    path = str(environ.get("PATH_INFO", ""))
    is_plain = environ["REQUEST_METHOD"] == "POST" and not environ.get("SCRIPT_NAME")
    if not is_plain or path.startswith(settings.ADMIN_PATH):
        return None
    path = path.removeprefix(lite.PREFIX)
    return path if _WHERE.match(path) and not _is_strange(environ) else None


def _is_strange(environ: Environ) -> bool:
    # Whether another site sent it is for Django to find out where the browser does not say.
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site or "HTTP_ORIGIN" in environ:
        return site not in ("same-origin", "none")
    return False


def _key(environ: Environ, path: str, *, has_typed: bool) -> Key:
    is_lite = str(environ["PATH_INFO"]).startswith(f"{lite.PREFIX}/")
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", environ.get("wsgi.url_scheme"))
    return is_lite, languages.of_path(path), has_typed, environ.get("HTTP_HOST"), scheme


def _typed(environ: Environ) -> str | None:
    """What was typed, as hidden fields. None where Django has to look; it still can.

    The same as `given_back` says of an ordinary form in UTF-8.
    """
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if length == "0":
        return ""
    is_ordinary = environ.get("CONTENT_TYPE") == _FORM_TYPE and length.isdecimal()
    if not is_ordinary or int(length) > given_back.MOST_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    most_count = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most_count)
    except ValueError:  # other bytes than UTF-8's, or too many fields
        return None
    return given_back.hidden(fields)


def _say(
    answer: Answer, typed: str, start_response: StartResponse, started: float
) -> Iterable[bytes]:
    begun = request_ids.begin()
    try:
        body = answer.before + typed.encode() + answer.after
        headers = [*answer.headers, ("Content-Length", str(len(body)))]
        headers.append(("X-Request-ID", request_ids.current()))
        middleware.note(None, "POST", 503, time.perf_counter() - started)
    finally:
        request_ids.end(begun)
    start_response("503 Service Unavailable", headers)
    return [body]
