"""What is done to every request: headers, the editors' cookies, strangers' forms, faults.

Django 6.0 brings a Content-Security-Policy middleware of its own; `SecurityHeaders` reads the same
setting, so that it can go.
"""

import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import ResolverMatch
from django.utils import translation

from advocacy import editor, languages, lite, request_ids, traffic, views

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
log = logging.getLogger("advocacy.requests")

Next = Callable[[HttpRequest], HttpResponse]


class RequestLog:
    """One line a request: route, method, status and milliseconds. No address, no path, no agent.

    All that is logged meanwhile carries the request's number, and so does an answer of a fault.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = request_ids.begin()
        try:
            return self._answer(request)
        finally:
            request_ids.end(begun)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        note(request.resolver_match, request.method, response.status_code, seconds)
        if response.status_code >= 500:
            response.headers["X-Request-ID"] = request_ids.current()
        return response


def note(match: ResolverMatch | None, method: str, status: int, seconds: float) -> None:
    """Log and count a request that was answered."""
    facts = {
        "route": match.route if match else "",
        "method": method,
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
    log.info("request", extra={"facts": facts})
    traffic.note_request(match, status, seconds)


class HeadHasNoBody:
    """Answers to HEAD with the headers of the page and nothing else.

    Django leaves the body for the server to drop; gunicorn does, and complains of each in the log.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "HEAD":
            if response.streaming:
                response.streaming_content = []  # the file is closed with the response
            else:
                response.content = b""
        return response


class OnionLocation:
    """Tells Tor Browser that the page has an onion address, where the setting names one.

    Read by Tor Browser over HTTPS and nowhere else
    (https://community.torproject.org/onion-services/advanced/onion-location/).
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        is_offered = settings.ONION_URL and is_page and request.method in ("GET", "HEAD")
        if is_offered and not _is_onion(request) and not _is_for_editors(request):
            here = request.get_full_path()
            response.headers["Onion-Location"] = settings.ONION_URL + here
        if _is_onion(request):
            # Its proxy says that it is encrypted, as it is; but never by HTTPS.
            response.headers.pop("Strict-Transport-Security", None)
        return response


class SecurityHeaders:
    """The Content-Security-Policy, and no powers that a page of ours needs."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.public = _policy(settings.SECURE_CSP)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = self.public
        if _is_for_editors(request):
            scripts = ["'self'", *editor.script_hashes()]
            policy = _policy(settings.SECURE_CSP | {"script-src": scripts})
        elif lite.is_lite(request):
            policy = _policy(lite.policy())
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()"
        )
        return response


class LanguageOfAddress:
    """The language that the address names. The browser’s preferences are not asked.

    So a cache need not keep one answer for each preference, as with Django's middleware.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(languages.of_path(request.path_info) or settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


class OnlyForEditors:
    """Lets a middleware of Django's work under the admin's path and nowhere else.

    So no public page can set a cookie, whatever its view does.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_for_editors(request):
            return super().__call__(request)
        return self.get_response(request)


class EditorsSession(OnlyForEditors, SessionMiddleware):
    """Sessions."""


class EditorsLogin(OnlyForEditors, AuthenticationMiddleware):
    """Who is logged in."""


class EditorsMessages(OnlyForEditors, MessageMiddleware):
    """What the admin has to say."""


class EditorsCsrf(OnlyForEditors, CsrfViewMiddleware):
    """Django's tokens against forged forms. Public forms have `SameSite` instead."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        """Check the token of an editor's form."""
        if _is_for_editors(request):
            return super().process_view(request, view_func, view_args, view_kwargs)
        return None


class SameSite:
    """Refuses public forms that another site sends, by what the browser says of their origin.

    There is no cookie to forge with; this keeps other sites from making their visitors sign.
    A browser that says nothing at all (very old, or none) is let through.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.is_foreign = request.method not in SAFE_METHODS and _is_foreign(request)
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        """Refuse, unless the view says by `answers_foreign_forms` that it does so more kindly."""
        is_answered = getattr(view_func, "answers_foreign_forms", False)
        if request.is_foreign and not is_answered and not _is_for_editors(request):
            return views.foreign_form(request)
        return None


class DatabaseDown:
    """A sentence and status 503 where the database does not answer, instead of a bare error."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a database that can't be reached; other faults are not ours."""
        if isinstance(error, OperationalError | InterfaceError):
            log.error("database unavailable", exc_info=error)
            return views.unavailable(request)
        return None


def _is_onion(request: HttpRequest) -> bool:
    # As it was sent: whether it is one of our names at all is asked later.
    host = request.META.get("HTTP_HOST", "").rpartition(":")[0] or request.META.get("HTTP_HOST", "")
    return bool(settings.ONION_HOST) and host == settings.ONION_HOST


def _is_for_editors(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.ADMIN_PATH)


def _policy(directives: dict[str, list[str]]) -> str:
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _is_foreign(request: HttpRequest) -> bool:
    # By the names of WSGI: to look for them as `headers` reads all that was sent.
    if site := request.META.get("HTTP_SEC_FETCH_SITE"):
        return site not in ("same-origin", "none")
    if origin := request.META.get("HTTP_ORIGIN"):
        try:
            # The host is enough: behind a proxy that ends TLS, the scheme is its word against ours.
            return urlsplit(origin).netloc != request.get_host()
        except ValueError:  # no address at all
            return True
    return False
