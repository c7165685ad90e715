"""The page behind the link of every letter, and what its owner may do there."""

import logging
from contextlib import suppress
from datetime import date
from functools import partial
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from petitions import looking, sealing, signing, tokens
from petitions.forms import LevelForm, UpdatesForm
from petitions.models import Signature
from petitions.views import plates, updates
from petitions.views.answers import SeeOther, others_to_sign, private
from stories import generation, translations

log = logging.getLogger("petitions.views")


class Facts(NamedTuple):
    """All that the page of a signature shows that counts, or will with the press.

    Nothing of it says whose it is, so the page is kept for all of whom the same is true.
    """

    petition_id: int
    confirmed_on: date | None
    level: str
    name_state: str
    is_at_risk: bool
    updates: looking.Updates

    standing = Signature.Standing.COUNTS
    standing_reason = ""

    @property
    def is_counting(self) -> bool:
        """As of a signature."""
        return bool(self.confirmed_on)


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
    form = LevelForm(request.POST, petition=row.petition, level=row.level)
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
    word = generation.known()  # before the petition is looked up: see plates.py
    try:
        row, claim, told = looking.look(token, word)
    except tokens.ExpiredToken:
        return render(request, "petitions/link_expired.html", status=410)
    except tokens.BadToken:
        return render(request, "petitions/link_unknown.html", status=404)
    outcome = act(row, claim)
    facts = None if form else _facts(row, outcome, told)
    make = partial(_render, request, token, row, facts or row, outcome, told, form)
    return plates.page(request, token, word, facts, make) if facts else make()


def _facts(
    row: Signature | None, outcome: signing.Confirmation | None, told: looking.Updates
) -> Facts | None:
    """What the page of nearly everybody is made of; None where it says more of a signature."""
    is_usual = outcome in (None, signing.Confirmation.COUNTED)
    if not is_usual or row.petition.is_withdrawn or row.standing != Signature.Standing.COUNTS:
        return None
    of_row = (row.petition_id, row.confirmed_on, row.level, row.name_state, row.is_at_risk)
    return Facts(*of_row, updates=told)


def _render(
    request: HttpRequest,
    token: str,
    row: Signature | None,
    shown: Signature | Facts | None,
    outcome: signing.Confirmation | None,
    told: looking.Updates,
    form: LevelForm | None,
) -> HttpResponse:
    petition = row.petition if row else None
    if petition:
        translations.translate([petition])
    is_counted = outcome == signing.Confirmation.COUNTED
    if is_counted and not form:
        form = LevelForm(petition=petition, level=shown.level)
    context = {
        "petition": petition,
        "outcome": outcome.value if outcome else "pending",
        "signature": shown,
        "token": token,
        "others": others_to_sign(petition) if is_counted else None,
        "form": form,
        "updates": told,
        # Where nobody here knows the address there is nothing to ask.
        "updates_form": (
            UpdatesForm(initial={"wants_updates": told.is_wished})
            if told.is_address_known
            else None
        ),
    }
    status = 422 if form and form.is_bound else _STATUS.get(outcome, 200)
    return render(request, "petitions/signature.html", context, status=status)


_STATUS = {
    signing.Confirmation.REPLACED: 409,
    signing.Confirmation.CLOSED: 410,
    signing.Confirmation.REFUSED: 410,
    signing.Confirmation.GONE: 410,
}
