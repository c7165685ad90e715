"""The page behind the link of every letter, and what its owner may do there."""

import logging
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from petitions import sealing, signing, tokens
from petitions.forms import LevelForm
from petitions.models import Signature
from petitions.views import updates
from petitions.views.answers import SeeOther, others_to_sign, private
from stories import translations

log = logging.getLogger("petitions.views")


@require_safe
@private
def signature(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of a letter leads: how the signature stands, and the button. Moves nothing."""
    return _private_page(request, token, signing.state)


@require_POST
@private
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A person pressed the button."""
    wants_updates = updates.is_ticked(request)
    with suppress(tokens.BadToken):
        outcome = signing.confirm_by_link(token, wants_updates=wants_updates)
        if outcome == signing.Confirmation.COUNTED:
            # Back to the page above, so that reloading it sends nothing again.
            return SeeOther(request.path.removesuffix("confirm/"))
    return _private_page(request, token, signing.state)


@require_POST
@private
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """A person takes their signature back. Afterwards nothing of it is left to look at."""
    try:
        row, claim = signing.read_link(token)
    except tokens.BadToken:
        row = None
    if row is None or not signing.withdraw(row, claim):
        return _private_page(request, token, signing.state)
    return SeeOther(reverse("petitions:withdrawn", args=[row.petition.slug]))


@sensitive_post_parameters()
@require_POST
@private
def change_level(request: HttpRequest, token: str) -> HttpResponse:
    """A person gives more or less of themselves than before, and goes on counting."""
    try:
        row, claim = signing.read_link(token)
    except tokens.BadToken:
        row = None
    if row is None or signing.state(row, claim) != signing.Confirmation.COUNTED:
        return _private_page(request, token, signing.state)
    # To a petition that was taken down nobody gives more of themselves.
    if row.petition.is_withdrawn and request.POST.get("level") != Signature.Level.COUNT:
        return _private_page(request, token, signing.state)
    form = LevelForm(request.POST, signature=row)
    if not form.is_valid():
        return _private_page(request, token, signing.state, form)
    names = {field: form.cleaned_data.get(field, "") for field in ("name", "shown_name")}
    try:
        signing.change_level(row, claim, level=form.cleaned_data["level"], **names)
    except sealing.KeyMissing as error:
        log.error("level not changed", exc_info=error)
        return render(request, "503.html", status=503)
    return SeeOther(reverse("petitions:signature", args=[token]))


def _private_page(
    request: HttpRequest, token: str, act, form: LevelForm | None = None
) -> HttpResponse:
    try:
        row, claim = signing.read_link(token)
    except tokens.ExpiredToken:
        return render(request, "petitions/link_expired.html", status=410)
    except tokens.BadToken:
        return render(request, "petitions/link_unknown.html", status=404)
    outcome = act(row, claim)
    if row:
        translations.translate([row.petition])
    is_counted = outcome == signing.Confirmation.COUNTED
    context = {
        "petition": row.petition if row else None,
        "outcome": outcome.value if outcome else "pending",
        "signature": row,
        "token": token,
        "others": others_to_sign(row.petition) if is_counted else None,
        "form": form or (LevelForm(signature=row) if is_counted else None),
        **updates.on_private_page(row),
    }
    status = 422 if form else _STATUS.get(outcome, 200)
    return render(request, "petitions/signature.html", context, status=status)


_STATUS = {
    signing.Confirmation.REPLACED: 409,
    signing.Confirmation.CLOSED: 410,
    signing.Confirmation.REFUSED: 410,
    signing.Confirmation.GONE: 410,
}
