"""While the switch “read only” is on, no form is taken: the database may be on its way."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from advocacy import given_back
from petitions import switches

RETRY_AFTER_SECONDS = 120
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
# How editors come to the switch again, and the switch.
_STILL_TAKEN = {
    *("login", "second_step", "again", "logout"),
    *("petitions_switches_add", "petitions_switches_change"),
}


class ReadOnly:
    """Answers forms that nobody can take now."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        """Refuse, unless the view says by `answers_read_only` that it does so more kindly."""
        is_theirs = getattr(view_func, "answers_read_only", False)
        if request.method in _SAFE_METHODS or is_theirs or not switches.current().is_read_only:
            return None
        match = request.resolver_match
        if match.app_name == "admin":
            return None if match.url_name in _STILL_TAKEN else _desk_is_closed(request)
        return given_back.give_back(request, "read_only", RETRY_AFTER_SECONDS)


def _desk_is_closed(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request)
    response = TemplateResponse(request, "admin/read_only.html", context, status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response.render()
