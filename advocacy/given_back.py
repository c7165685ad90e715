"""A form that can't be taken just now is given back: what was typed stands in the answer.

One press sends it again, also without scripts. It stands in hidden fields of the page and nowhere
else: in no address, no log, no table.
"""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from advocacy import lite
from petitions import switches
from petitions.models.switches import Banner
from stories.publishing import NGINX_KEEPS_SECONDS

# A form of ours has some hundred bytes; what is longer is not worth the time.
MOST_BYTES = 16 * 1024
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_HERE = "<!-- what was typed -->"
# By reason, language, version, and whether there is something to give back: the banner that stood
# above the page when it was made, and the page. As many as there are languages, times eight.
_made: dict[tuple[str, str, bool, bool], tuple[Banner | None, str]] = {}


class GivenBack(NamedTuple):
    """Why something was not taken, and the page around what was typed."""

    reason: str
    before: bytes
    after: bytes


def give_back(request: HttpRequest, reason: str, retry_after_seconds: int) -> HttpResponse:
    """Answer 503: nothing was stored, and here is what you typed. For the reason see the template.

    Cheap enough for a flood: the page around what was typed is made once.
    """
    typed = "" if request.method in ("GET", "HEAD") else _typed(request)
    before, _, after = _page(request, reason, bool(typed)).partition(_HERE)
    response = HttpResponse(before + typed + after, status=503)
    response.given_back = GivenBack(reason, before.encode(), after.encode())
    response.headers["Retry-After"] = str(retry_after_seconds)
    response.headers["Cache-Control"] = "private, no-store"
    if not typed:  # the same for all, so nginx need not ask for each of them
        response.headers["X-Accel-Expires"] = NGINX_KEEPS_SECONDS
    response._has_been_logged = True  # as an error, by Django: it is on purpose, and may be many
    return response


def _page(request: HttpRequest, reason: str, has_typed: bool) -> str:
    now = switches.current().banner
    key = (reason, get_language(), lite.is_lite(request), has_typed)
    above, page = _made.get(key, (None, ""))
    if not page or above != now:
        page = render_to_string("not_now.html", _context(reason, has_typed), _nowhere(request))
        _made[key] = (now, page)
    return page


def _context(reason: str, has_typed: bool) -> dict[str, object]:
    return {"reason": reason, "typed": mark_safe(_HERE) if has_typed else ""}  # noqa: S308 - ours


def _nowhere(request: HttpRequest) -> HttpRequest:
    """A request of nobody, so that nothing of one reader's is in the page that others get."""
    neutral = HttpRequest()
    neutral.method = "POST"
    neutral.path = neutral.path_info = "/"
    neutral.is_lite = lite.is_lite(request)
    return neutral


def hidden(fields: Iterable[tuple[str, str]]) -> str:
    """Fields of a form, hidden, each as it was typed."""
    return "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields
    )


def _typed(request: HttpRequest) -> str:
    # Another site's form is not made ours by giving it back from our own page.
    is_ours = not getattr(request, "is_foreign", False)
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_short = length.isdecimal() and int(length) <= MOST_BYTES
    if not (is_ours and is_short and request.content_type in _FORM_TYPES):
        return ""
    try:
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return ""
    return hidden(fields)
