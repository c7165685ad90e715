"""Taking a signature, and what else can be done with an address alone."""

import logging
from functools import partial

from django.db import Error as DatabaseFault
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from petitions import (
    daily_salt,
    guard,
    networks,
    opening,
    sealing,
    signing,
    subscribing,
    switches,
    tokens,
)
from petitions.forms import AddressForm, CodeForm, SignForm, at_sight, sent
from petitions.models import Petition
from petitions.models.switches import Switches
from petitions.views.answers import SeeOther, petition_page, private, published_petition, small_form
from stories import generation

log = logging.getLogger("petitions.views")

# After how long it is worth trying again.
FAULT_SECONDS, PAUSED_SECONDS = 30, 300
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@sensitive_post_parameters()
@private
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a signature. The answer is the same whether or not this mailbox has signed before."""
    if request.method != "POST":
        get_object_or_404(Petition.objects.published(), slug=slug)
        return redirect("petitions:petition_detail", slug=slug)
    form = partial(SignForm, request.POST)
    try:
        word, salt = generation.known_with(daily_salt.key())
        daily_salt.bring(request, salt)
        petition = opening.find(slug, word)
        form = partial(SignForm, request.POST, petition=petition)
        if _is_put_off(petition, switches.as_of(word)):
            return _not_yet(request, form(), slug, PAUSED_SECONDS)
        if refusal := _refusal(request, petition):
            sentence, status = refusal
            return petition_page(request, petition, form(), status, sentence)
        # A form is only made where there may be something to be said about it.
        data = at_sight(request.POST, petition) or _looked_at(form())
        if isinstance(data, SignForm):
            return petition_page(request, petition, data, 422)
        said = sent(request.POST, data["email"])
        if obstacle := guard.stop(guard.Act.SIGN, request, petition, said):
            return petition_page(request, petition, form(), obstacle.status, obstacle=obstacle)
        signing.sign(
            petition,
            level=data["level"],
            name=data.get("name", ""),
            shown_name=data.get("shown_name", ""),
            address=data["email"],
            country=data["country"],
            language=get_language(),
            wants_updates=data["wants_updates"],
            network_bucket=networks.bucket_of(request),
        )
    except (DatabaseFault, sealing.KeyMissing) as error:
        log.error("signature not stored", exc_info=error)
        return _not_yet(request, form(), slug, FAULT_SECONDS)
    # Beside this address, whatever stands before it; to have it looked up takes longer.
    return SeeOther(f"{request.path.removesuffix('sign/')}signed/")


# It keeps what was typed, where the middleware would only refuse.
sign.answers_foreign_forms = sign.answers_read_only = True


def _is_put_off(petition: Petition, now: Switches) -> bool:
    """Whether signing waits for an editor's word. What has closed reads that it has closed."""
    return petition.is_open and (now.is_signing_paused or now.is_read_only)


def _looked_at(form: SignForm) -> dict[str, object] | SignForm:
    """What was typed, if it is in order; or the form, which says what is not."""
    return form.cleaned_data if form.is_valid() else form


def _not_yet(request: HttpRequest, form: SignForm, slug: str, seconds: int) -> HttpResponse:
    """Nothing was stored; the form as it was filled in, to be sent again after some seconds."""
    context = {"form": form, "slug": slug, "petition": form.petition}
    response = render(request, "petitions/unavailable.html", context, status=503)
    response.headers["Retry-After"] = str(seconds)
    response._has_been_logged = True  # as an error, by Django: a fault was, and a pause is none
    return response


def _refusal(request: HttpRequest, petition: Petition) -> tuple[str, int] | None:
    """Why no form can be taken now, whatever is in it, and the status to say so with."""
    if not petition.is_open:
        return _("This petition has closed. Your signature was not taken and not stored."), 409
    if request.is_foreign:
        sentence = _("This form was sent by another website, so we did not take it. ")
        return sentence + _("If it was you, press “Sign” here."), 403
    if request.content_type not in FORM_TYPES:
        return _("What arrived was not a form. Please fill in this one."), 415
    return None


@sensitive_post_parameters()
@private
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the link to the private page sent again. The answer does not say who has signed."""
    petition = published_petition(slug)
    if petition.is_destroyed:
        return render(request, "petitions/destroyed.html", {"petition": petition}, status=410)
    form = AddressForm(request.POST if request.method == "POST" else None)
    page = "petitions/lost_link.html"
    if not form.is_valid():
        return small_form(request, page, petition, form)
    if obstacle := guard.stop(guard.Act.ASK_FOR_LINK, request, petition, form.sent):
        return small_form(request, page, petition, form, obstacle)
    try:
        address = form.cleaned_data["email"]
        signing.ask_for_link(petition, address=address, language=get_language())
    except (IntegrityError, sealing.KeyMissing) as error:
        log.error("link not sent", exc_info=error)
        return render(request, "503.html", status=503)
    return SeeOther(reverse("petitions:link_sent", args=[slug]))


@sensitive_post_parameters()
@private
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest, slug: str) -> HttpResponse:
    """Confirm by typing the code of a letter, for those who do not open links in letters."""
    petition = published_petition(slug)
    if petition.is_destroyed:
        return render(request, "petitions/destroyed.html", {"petition": petition}, status=410)
    form = CodeForm(request.POST if request.method == "POST" else None)
    page = "petitions/enter_code.html"
    if not form.is_valid():
        return small_form(request, page, petition, form)
    # Counted before it is looked at, so that guesses sent at once are counted too.
    if obstacle := guard.stop(guard.Act.ENTER_CODE, request, petition, form.sent):
        return small_form(request, page, petition, form, obstacle)
    try:
        data = form.cleaned_data
        row = signing.find_by_code(petition, address=data["email"], code=data["code"])
    except sealing.KeyMissing as error:
        log.error("code not checked", exc_info=error)
        return render(request, "503.html", status=503)
    if row is None:
        form.add_error(
            "code",
            _("This code and this address do not belong together. Is it the newest letter?"),
        )
        return small_form(request, page, petition, form)
    guard.forgive(guard.Act.ENTER_CODE, request, petition)
    claim = signing.claim_on(row)
    signing.confirm(row, claim, wants_updates=subscribing.was_told_of_wish(row))
    token = tokens.make(tokens.SIGNATURE, claim)
    return SeeOther(reverse("petitions:signature", args=[token]))
