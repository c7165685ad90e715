"""Updates: on or off, for whoever signed, and the link in every update that ends them."""

import logging
from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from petitions import guard, sealing, signing, subscribing, tokens
from petitions.forms import AddressForm, UpdatesForm
from petitions.models import Signature
from petitions.views.answers import (
    SeeOther,
    private,
    published_petition,
    same_for_all_signers,
    small_form,
)
from stories import translations

log = logging.getLogger("petitions.views")


def is_ticked(request: HttpRequest) -> bool:
    """Whether the box for updates came ticked with a form."""
    # The field alone, without a form around it, which takes long beside the rest of confirming.
    name = "wants_updates"
    box = UpdatesForm.base_fields[name]
    return box.clean(box.widget.value_from_datadict(request.POST, {}, name))


@sensitive_post_parameters()
@private
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_updates(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for updates later on. The answer does not say whose address was typed."""
    private_page = reverse("petitions:signature", args=[token])
    try:
        row, claim = signing.read_link(token)
    except tokens.BadToken:
        return SeeOther(private_page)
    is_counted = signing.state(row, claim) == signing.Confirmation.COUNTED
    if not is_counted or row.petition.is_withdrawn:
        return SeeOther(private_page)
    form = AddressForm(request.POST if request.method == "POST" else None)
    obstacle = None
    if form.is_valid():
        obstacle = guard.stop(guard.Act.ASK_FOR_LINK, request, row.petition, form.sent)
    if obstacle or not form.is_valid():
        translations.translate([row.petition])
        return small_form(
            request, "petitions/ask_for_updates.html", row.petition, form, obstacle, token=token
        )
    address, language = form.cleaned_data["email"], get_language()
    try:
        signing.ask_for_link(row.petition, address=address, language=language, wants_updates=True)
    except sealing.KeyMissing as error:
        log.error("updates not asked for", exc_info=error)
        return render(request, "503.html", status=503)
    return SeeOther(reverse("petitions:updates_asked", args=[row.petition.slug]))


@require_safe
@same_for_all_signers
def updates_asked(request: HttpRequest, slug: str) -> HttpResponse:
    """If it was their address, a letter is on its way: the same page for everybody."""
    return render(request, "petitions/updates_asked.html", {"petition": published_petition(slug)})


@require_POST
@private
def start_updates(request: HttpRequest, token: str) -> HttpResponse:
    """A person says in their inbox that they asked."""
    return _switch(token, signing.start_updates)


@require_POST
@private
def stop_updates(request: HttpRequest, token: str) -> HttpResponse:
    """A person ends their updates on their private page."""
    return _switch(token, signing.stop_updates)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def stop_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """The link in every update: a page with one button, which mail programs may press for them.

    One-click unsubscribing (RFC 8058) comes from a mail provider, without cookie or Origin, and is
    to be answered without a redirect.
    """
    try:
        petition, duplicate_hash = subscribing.read_token_to_stop(token)
    except tokens.BadToken:
        return render(request, "petitions/link_unknown.html", status=404)
    if request.method == "POST":
        subscribing.unsubscribe(duplicate_hash)
    translations.translate([petition])
    context = {
        "petition": petition,
        "is_subscribed": subscribing.knows(duplicate_hash),
        "token": token,
    }
    return render(request, "petitions/stop_updates.html", context)


# The token is the proof; nobody else's website knows it.
stop_by_mail.answers_foreign_forms = True


def _switch(token: str, act: Callable[[Signature | None, tokens.Claim], bool]) -> HttpResponse:
    with suppress(tokens.BadToken):  # the page says what is the matter with the link
        act(*signing.read_link(token))
    return SeeOther(reverse("petitions:signature", args=[token]))
