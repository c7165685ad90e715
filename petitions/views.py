"""Petition pages, and the three steps of a signature: sign, look into the inbox, confirm."""

import logging

from django.conf import settings
from django.core.paginator import Paginator
from django.db import Error as DatabaseFault
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from petitions import sealing, signing, tokens
from petitions.forms import AddressForm, CodeForm, SignForm
from petitions.models import Petition

log = logging.getLogger("petitions.views")

PETITIONS_PER_PAGE = 12
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
private = cache_control(private=True, no_store=True)


class SeeOther(HttpResponseRedirect):
    """Done; what there is to see is elsewhere (303, RFC 9110: to be fetched with GET)."""

    status_code = 303


@require_safe
def petition_list(request: HttpRequest) -> HttpResponse:
    """Open petitions, those that close first at the top, and the closed ones behind."""
    petitions = Petition.objects.for_card()
    closed = Paginator(petitions.closed().order_by("-closes_at"), PETITIONS_PER_PAGE)
    context = {"open": petitions.open(), "closed": closed.get_page(request.GET.get("page"))}
    return render(request, "petitions/petition_list.html", context)


@require_safe
def petition_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The petition with its form, or with its result."""
    petition = _published(slug)
    return _petition_page(request, petition, SignForm(petition=petition))


@sensitive_post_parameters()
@private
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a signature. The answer is the same whether or not this mailbox has signed before."""
    if request.method != "POST":
        return redirect("petitions:petition_detail", slug=slug)
    form = SignForm(request.POST)
    try:
        petition = get_object_or_404(Petition.objects.published(), slug=slug)
        form = SignForm(request.POST, petition=petition)
        if refusal := _refusal(request, petition):
            sentence, status = refusal
            form.is_valid()
            return _petition_page(request, petition, form, status, sentence)
        if not form.is_valid():
            return _petition_page(request, petition, form, 422)
        signing.sign(
            petition,
            level=form.cleaned_data["level"],
            name=form.cleaned_data.get("name", ""),
            address=form.cleaned_data["email"],
            country=form.cleaned_data["country"],
            language=get_language(),
        )
    except (DatabaseFault, sealing.KeyMissing) as error:
        log.error("signature not stored", exc_info=error)
        context = {"form": form, "slug": slug}
        response = render(request, "petitions/unavailable.html", context, status=503)
        response.headers["Retry-After"] = "30"
        return response
    return SeeOther(reverse("petitions:signed", args=[slug]))


# It keeps what was typed, where the middleware would only refuse.
sign.answers_foreign_forms = True


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


@require_safe
def signed(request: HttpRequest, slug: str) -> HttpResponse:
    """Check your inbox: the same page for everybody."""
    context = {
        "petition": _published(slug),
        "days": settings.CONFIRMATION_DAYS,
        "letters_per_day": settings.LETTERS_PER_DAY,
    }
    return render(request, "petitions/signed.html", context)


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


@require_safe
def withdrawn(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing is left of it: the same page for everybody."""
    return render(request, "petitions/withdrawn.html", {"petition": _published(slug)})


@sensitive_post_parameters()
@private
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the link to the private page sent again. The answer does not say who has signed."""
    petition = _published(slug)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"petition": petition, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "petitions/lost_link.html", context, status=status)
    try:
        address = form.cleaned_data["email"]
        signing.ask_for_link(petition, address=address, language=get_language())
    except sealing.KeyMissing as error:
        log.error("link not sent", exc_info=error)
        return render(request, "503.html", status=503)
    return SeeOther(reverse("petitions:link_sent", args=[slug]))


@sensitive_post_parameters()
@private
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest, slug: str) -> HttpResponse:
    """Confirm by typing the code of a letter, for those who do not open links in letters."""
    petition = _published(slug)
    form = CodeForm(request.POST if request.method == "POST" else None)
    row = None
    if form.is_valid():
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
    if row is None:
        context = {"petition": petition, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "petitions/enter_code.html", context, status=status)
    claim = signing.claim_on(row)
    signing.confirm(row, claim)
    token = tokens.make(tokens.SIGNATURE, claim)
    return SeeOther(reverse("petitions:signature", args=[token]))


@require_safe
def link_sent(request: HttpRequest, slug: str) -> HttpResponse:
    """If there is a signature, a letter is on its way: the same page for everybody."""
    return render(request, "petitions/link_sent.html", {"petition": _published(slug)})


@require_GET
@cache_control(public=True, max_age=5)
def count(request: HttpRequest, slug: str) -> JsonResponse:
    """The public number, for pages that stay open."""
    petition = get_object_or_404(
        Petition.objects.published().select_related("tally").prefetch_related("milestones"),
        slug=slug,
    )
    return JsonResponse(
        {"count": petition.signature_count, "goal": petition.goal, "open": petition.is_open}
    )


def _published(slug: str) -> Petition:
    return get_object_or_404(Petition.objects.published().for_card(), slug=slug)


def _petition_page(
    request: HttpRequest,
    petition: Petition,
    form: SignForm,
    status: int = 200,
    sentence: str = "",
) -> HttpResponse:
    context = {
        "petition": petition,
        "form": form,
        "refusal": sentence,
        "demands": petition.demands.all(),
        "partners": petition.partners.all(),
        "defenders": petition.defenders.published().select_related("country", "photo"),
        "stories": petition.stories.published().select_related("photo"),
        "countries": petition.countries.all(),
        "themes": petition.themes.all(),
    }
    return render(request, "petitions/petition_detail.html", context, status=status)


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
    signing.Confirmation.GONE: 410,
}
