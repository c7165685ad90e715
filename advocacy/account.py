"""An editor's own page: the second factor, and where they are logged in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advocacy import editor_sessions, login, second_factor
from stories.templatetags.numbers import grouped


def account(request: HttpRequest, desk: AdminSite) -> HttpResponse:
    """How it stands, and buttons for what can be changed."""
    if request.method == "POST":
        act = _ACTS.get(request.POST.get("act", ""))
        answer = act(request, desk) if act else None
        return answer or redirect("admin:account")
    context = {
        **desk.each_context(request),
        "title": _("Your account"),
        "has_second_factor": second_factor.has(request.user),
        "codes_left": second_factor.codes_left(request.user),
        "sessions_count": len(editor_sessions.of(request.user)),
        "may_switch_off": not settings.EDITORS_SECOND_FACTOR,
    }
    return render(request, "admin/login/account.html", context)


def _set_up(request: HttpRequest, desk: AdminSite) -> HttpResponse:
    login.go_halfway(request, request.user, reverse("admin:account"), is_anew=True)
    return redirect("admin:second_step")


def _renew_codes(request: HttpRequest, desk: AdminSite) -> HttpResponse | None:
    if not second_factor.has(request.user):
        return None
    codes = second_factor.renew_codes(request.user)
    return login.codes_page(request, desk, codes, reverse("admin:account"))


def _switch_off(request: HttpRequest, desk: AdminSite) -> None:
    if not settings.EDITORS_SECOND_FACTOR:
        second_factor.forget(request.user, request.user.get_username())
        messages.success(request, _("From now on your password alone lets you in."))


def _log_out_elsewhere(request: HttpRequest, desk: AdminSite) -> None:
    count = editor_sessions.end(request.user, but=request.session.session_key)
    sentence = ngettext(
        "You were logged out in %(count)s other place.",
        "You were logged out in %(count)s other places.",
        count,
    )
    messages.success(request, sentence % {"count": grouped(count)})


_ACTS = {
    "set_up": _set_up,
    "renew_codes": _renew_codes,
    "switch_off": _switch_off,
    "log_out_elsewhere": _log_out_elsewhere,
}
