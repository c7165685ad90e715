"""The page behind the link of every letter, and what its owner may do there."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from petitions import sealing, signing, tokens
from petitions.views.answers import SeeOther, private

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
    response = _private_page(request, token, signing.confirm)
    if response.status_code == 200:
        # Back to the page, so that reloading it sends nothing again.
        return SeeOther(reverse("petitions:signature", args=[token]))
    return response


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


@require_POST
@private
def erase_name(request: HttpRequest, token: str) -> HttpResponse:
    """A person has name and address erased and goes on counting."""
    try:
        row, claim = signing.read_link(token)
    except tokens.BadToken:
        return _private_page(request, token, signing.state)
    try:
        signing.erase_name(row, claim)
    except sealing.KeyMissing as error:
        log.error("name not erased", exc_info=error)
        return render(request, "503.html", status=503)
    if row is None:
        return _private_page(request, token, signing.state)
    return SeeOther(reverse("petitions:signature", args=[token]))


def _private_page(request: HttpRequest, token: str, act) -> HttpResponse:
    try:
        row, claim = signing.read_link(token)
    except tokens.ExpiredToken:
        return render(request, "petitions/link_expired.html", status=410)
    except tokens.BadToken:
        return render(request, "petitions/link_unknown.html", status=404)
    outcome = act(row, claim)
    context = {
        "petition": row.petition if row else None,
        "outcome": outcome.value if outcome else "pending",
        "signature": row,
        "token": token,
    }
    return render(request, "petitions/signature.html", context, status=_STATUS.get(outcome, 200))


_STATUS = {
    signing.Confirmation.REPLACED: 409,
    signing.Confirmation.CLOSED: 410,
    signing.Confirmation.REFUSED: 410,
    signing.Confirmation.GONE: 410,
}
