"""How editors come in: a password, then a number from their app; again before what is grave.

Whoever has typed only the password is nobody yet: what is known of them stands in an anonymous
visit for ten minutes, and they are logged in when the number is right as well.
"""

import base64
import logging
import time

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate, load_backend
from django.contrib.auth import login as log_in
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advocacy import editor_sessions, second_factor
from advocacy.login_limits import NUMBERS, PASSWORDS, Attempt
from petitions import stafflog
from stories import locking, sharing
from stories.templatetags.numbers import grouped

log = logging.getLogger("advocacy.login")

HALFWAY = "halfway"
PROVED_AT = "proved_at"
HALFWAY_SECONDS = 600


class PasswordForm(AdminAuthenticationForm):
    """Name and password; too many wrong ones and nobody looks at the next."""

    def clean(self) -> dict[str, object]:
        """Raise ValidationError for a wrong one, and for one too many."""
        attempt = Attempt(PASSWORDS, self.request, self.cleaned_data.get("username") or "")
        if attempt.wait_minutes:
            raise ValidationError(wait_sentence(attempt), code="too_many")
        cleaned = super().clean()
        attempt.forgive()
        return cleaned


class FirstStep(LoginView):
    """Takes the password, and leads on to the second step of those who have one."""

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        """Log in whoever needs no second factor; of others, remember that this was right."""
        user = form.get_user()
        if not second_factor.is_asked_of(user):
            return super().form_valid(form)
        try:
            go_halfway(self.request, user, self.get_success_url())
        except locking.Locked as error:
            log.error("second factor not asked for", exc_info=error)
            return render(self.request, "503.html", status=503)
        return redirect("admin:second_step")


def go_halfway(request: HttpRequest, user: User, then: str, *, is_anew: bool = False) -> None:
    """Remember who has typed the right password, and what their app is to begin with.

    Raises Locked where no seed can be locked.
    """
    seed = b""
    if is_anew or not second_factor.has(user):
        seed = second_factor.new_seed()
    request.session.cycle_key()
    request.session[HALFWAY] = {
        "user": user.pk,
        "backend": getattr(user, "backend", settings.AUTHENTICATION_BACKENDS[0]),
        "password": user.get_session_auth_hash(),
        "until": int(time.time()) + HALFWAY_SECONDS,
        "then": then,
        "seed": base64.b64encode(seed).decode(),
    }


def second_step(request: HttpRequest, desk: AdminSite) -> HttpResponse:
    """The number from the app, or the app itself for whoever has none yet."""
    found = _halfway(request)
    if found is None:
        return redirect("admin:login")
    user, halfway = found
    seed = base64.b64decode(halfway["seed"])
    fault = ""
    if request.method == "POST":
        attempt = Attempt(NUMBERS, request, user.get_username())
        if attempt.wait_minutes:
            fault = wait_sentence(attempt)
        elif answer := _set_up(request, desk, user) if seed else _came_in(request, user):
            attempt.forgive()
            return answer
        else:
            _note_refusal(user)
            fault = _(
                "This number is not right, or it was used before. Wait for the next one, and see "
                "that the clock of your phone is right."
            )
    context = {**desk.each_context(request), "fault": fault, "title": _("Second step")}
    context["is_app_known"] = not seed  # then there is nothing to read above the field
    if seed:
        context |= _for_the_app(seed, user)
    status = 422 if fault else 200
    return render(request, "admin/login/second_step.html", context, status=status)


def wait_sentence(attempt: Attempt) -> str:
    """What somebody reads who has tried too often."""
    minutes = attempt.wait_minutes
    return ngettext(
        "Too many wrong tries. Please wait for %(count)s minute.",
        "Too many wrong tries. Please wait for %(count)s minutes.",
        minutes,
    ) % {"count": grouped(minutes)}


def _halfway(request: HttpRequest) -> tuple[User, dict[str, object]] | None:
    halfway = request.session.get(HALFWAY)
    if not halfway or halfway["until"] < time.time():
        return None
    user = load_backend(halfway["backend"]).get_user(halfway["user"])
    # Whose password was changed, or who was put off the desk, begins again.
    is_same = user and constant_time_compare(user.get_session_auth_hash(), halfway["password"])
    return (user, halfway) if is_same and user.is_active and user.is_staff else None


def _came_in(request: HttpRequest, user: User) -> HttpResponse | None:
    if not second_factor.use(user, request.POST.get("code", "")):
        return None
    return HttpResponseRedirect(_finish(request, user))


def _set_up(request: HttpRequest, desk: AdminSite, user: User) -> HttpResponse | None:
    seed = base64.b64decode(request.session[HALFWAY]["seed"])
    step = second_factor.step_of(seed, request.POST.get("code", ""))
    if step is None:
        return None
    codes = second_factor.set_up(user, seed, step)
    then = _finish(request, user)
    # Somebody may be logged in elsewhere who had the password only.
    editor_sessions.end(user, but=request.session.session_key)
    return codes_page(request, desk, codes, then)


def codes_page(request: HttpRequest, desk: AdminSite, codes: list[str], then: str) -> HttpResponse:
    """The codes on paper, shown once and kept nowhere as they are."""
    context = {**desk.each_context(request), "codes": codes, "then": then}
    context["title"] = _("Write these codes down")
    return render(request, "admin/login/codes.html", context)


def _finish(request: HttpRequest, user: User) -> str:
    halfway = request.session.pop(HALFWAY)
    log_in(request, user, halfway["backend"])
    request.session.cycle_key()
    return halfway["then"]


def _for_the_app(seed: bytes, user: User) -> dict[str, object]:
    # Past the memory in which `sharing` keeps the codes that it has drawn.
    drawn = sharing.qr_code.__wrapped__(second_factor.address_for_app(seed, user))
    words = second_factor.in_groups(second_factor.seed_in_words(seed))
    return {"qr": drawn, "seed": words, "name_in_the_app": second_factor.NAME_IN_THE_APP}


def _note_refusal(user: User) -> None:
    # Whoever comes so far knows the password: that it was tried is worth a line, and there are few.
    stafflog.record(user.get_username(), "second factor refused", f"user {user.pk}")


# --- Once more, before what is grave --------------------------------------------------------------


def note_proof(request: HttpRequest, **_of_signal: object) -> None:
    """Receive Django's word that somebody has just logged in."""
    request.session[PROVED_AT] = int(time.time())


def is_proof_old(request: HttpRequest) -> bool:
    """Whether it is too long since this editor has shown who they are.

    A form may be sent for longer than it may be opened, so that nobody loses what they typed.
    """
    minutes = settings.PROOF_FORM_MINUTES if request.method == "POST" else settings.PROOF_MINUTES
    return time.time() - request.session.get(PROVED_AT, 0) > 60 * minutes


def ask_again(request: HttpRequest, desk: AdminSite) -> HttpResponse:
    """The password of somebody who is logged in, and the number if they have an app."""
    then = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(then, {request.get_host()}, request.is_secure()):
        then = reverse("admin:index")
    needs_number = second_factor.has(request.user)
    fault = ""
    if request.method == "POST":
        fault = _fault_of_proof(request, needs_number)
        if not fault:
            request.session.cycle_key()
            note_proof(request)
            return HttpResponseRedirect(then)
    context = {**desk.each_context(request), "fault": fault, "needs_number": needs_number}
    context |= {"then": then, "title": _("Is it still you?")}
    return render(request, "admin/login/again.html", context, status=422 if fault else 200)


def _fault_of_proof(request: HttpRequest, needs_number: bool) -> str:
    name = request.user.get_username()
    attempts = [Attempt(PASSWORDS, request, name)]
    attempts += [Attempt(NUMBERS, request, name)] if needs_number else []
    for attempt in attempts:
        if attempt.wait_minutes:
            return wait_sentence(attempt)
    is_right = authenticate(request, username=name, password=request.POST.get("password", ""))
    if is_right and needs_number:
        is_right = second_factor.use(request.user, request.POST.get("code", ""))
    if not is_right:
        return _("Password or number is not right.")
    for attempt in attempts:
        attempt.forgive()
    return ""
