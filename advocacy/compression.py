"""Public pages leave compressed, by brotli or gzip; private ones as they are.

Compression betrays a secret to whoever can make us put their words beside it and sees the length
of the answer (BREACH, https://breachattack.com). So only what is the same for everybody is
compressed: nothing that its view marks as private or not to be stored, and nothing that answers a
form. Static files are compressed beforehand by WhiteNoise, pictures are compressed as they are.
"""

import gzip
import re
from collections.abc import Callable

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

TEXTS = re.compile(r"text/|application/(json|feed\+json|xml|atom\+xml|rss\+xml)\b")
# Below this, headers and frames weigh more than what is saved.
LEAST_BYTES = 300
# Levels above take several times as long for a few hundredths; see docs/weight.md.
BROTLI_LEVEL, GZIP_LEVEL = 4, 4

Next = Callable[[HttpRequest], HttpResponse]


class Compression:
    """Compresses what everybody may read, as the browser asks for it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_for_everybody(request, response):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if encoding := accepted(request.headers.get("Accept-Encoding", "")):
            _weaken(response)
            _compress(response, encoding)
        return response


def accepted(header: str) -> str:
    """What a browser takes, the better first; empty where it takes neither."""
    weights = {}
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters)
        weights[name.strip()] = float(weight[1]) if weight else 1.0
    return next((name for name in ("br", "gzip") if weights.get(name)), "")


def _is_for_everybody(request: HttpRequest, response: HttpResponse) -> bool:
    control = response.get("Cache-Control", "")
    return (
        request.method in ("GET", "HEAD")
        and not request.path_info.startswith(settings.ADMIN_PATH)
        and not response.streaming
        and not response.cookies
        and not response.has_header("Content-Encoding")
        and "private" not in control
        and "no-store" not in control
        and bool(TEXTS.match(response.get("Content-Type", "")) or response.status_code == 304)
    )


def _weaken(response: HttpResponse) -> None:
    # A strong validator promises the same bytes, and each encoding has its own (RFC 9110, 8.8.3).
    # Conditional requests compare weakly, so they go on working.
    etag = response.get("ETag", "")
    if etag.startswith('"'):
        response.headers["ETag"] = f"W/{etag}"


def _compress(response: HttpResponse, encoding: str) -> None:
    if len(response.content) < LEAST_BYTES:
        return
    if encoding == "br":
        small = brotli.compress(response.content, mode=brotli.MODE_TEXT, quality=BROTLI_LEVEL)
    else:
        small = gzip.compress(response.content, GZIP_LEVEL, mtime=0)
    if len(small) < len(response.content):
        response.content = small
        response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(small))
