"""Light pages: every page for readers once more below /lite/, without pictures, scripts and fonts.

The same views and templates answer. The prefix is taken off before anybody looks at the path, and
becomes the prefix of all addresses that are made meanwhile, as if the site were mounted there. So
whoever is on a light page stays on light pages, forms included.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, URLResolver, get_script_prefix, set_script_prefix
from django.urls.resolvers import RegexPattern

PREFIX = "/lite"
# It shows the styles of full pages.
_STYLE_GUIDE = re.compile(r"(/[a-z-]+)?/styleguide/")
Next = Callable[[HttpRequest], HttpResponse]


class Lite:
    """Answers below /lite/ with light pages, and leads to the one address of all that has none."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.is_lite = request.path_info.startswith(f"{PREFIX}/")
        if not request.is_lite:
            return self.get_response(request)
        path = request.path_info.removeprefix(PREFIX)
        if _is_in_one_form_only(path):
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
        request.path_info = path
        outside = get_script_prefix()
        set_script_prefix(f"{outside.rstrip('/')}{PREFIX}/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(outside)


def is_lite(request: HttpRequest) -> bool:
    """Whether the answer is to be a light page."""
    return getattr(request, "is_lite", False)


def address(request: HttpRequest, *, of_home: bool = False) -> str:
    """This page in its other version, light or full, or the front page of that."""
    here = "/" if of_home or request.method not in ("GET", "HEAD") else request.path_info
    if request.GET and here != "/":
        here += f"?{request.GET.urlencode()}"
    return here if is_lite(request) else f"{PREFIX}{here}"


@cache
def style() -> str:
    """The one style sheet of a light page, which stands in its head, without blanks."""
    css = (settings.BASE_DIR / "static" / "css" / "lite.css").read_text(encoding="utf-8")
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", css)).replace(";}", "}").strip()


@cache
def policy() -> dict[str, list[str]]:
    """What a light page may load: its style, known by its hash, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return {
        "default-src": ["'none'"],
        "style-src": [f"'sha256-{digest}'"],
        "img-src": ["data:"],  # an empty icon, so that none is asked for
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def _is_in_one_form_only(path: str) -> bool:
    # The desk, feeds, files: whatever is not a page for readers.
    if path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
        return True
    if _STYLE_GUIDE.match(path):
        return True
    try:
        return bool(_not_for_readers().resolve(path))
    except Resolver404:
        return False


@cache
def _not_for_readers() -> URLResolver:
    from advocacy import urls  # which imports the views

    return URLResolver(RegexPattern(r"^/"), urls.for_machines)
