"""Pages that anybody may see, the same for everybody."""

from email.utils import parseaddr

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from petitions import switches
from petitions.forms import SignForm
from petitions.models import Petition
from petitions.views.answers import (
    petition_of_signers,
    petition_page,
    published_petition,
    same_for_all_signers,
)
from stories import sharing
from stories.publishing import NGINX_KEEPS_SECONDS, for_everybody

PETITIONS_PER_PAGE = 12


@require_safe
@for_everybody
def petition_list(request: HttpRequest) -> HttpResponse:
    """Open petitions, those that close first at the top, and the closed ones behind."""
    petitions = Petition.objects.for_card().translated()
    closed = Paginator(petitions.closed().order_by("-closes_at"), PETITIONS_PER_PAGE)
    context = {"open": petitions.open(), "closed": closed.get_page(request.GET.get("page"))}
    return render(request, "petitions/petition_list.html", context)


@require_safe
@for_everybody
def petition_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The petition with its form, or with its result."""
    petition = published_petition(slug)
    return petition_page(request, petition, SignForm(petition=petition))


@require_safe
@same_for_all_signers
def signed(request: HttpRequest, slug: str) -> HttpResponse:
    """Check your inbox: the same page for everybody."""
    context = {
        "petition": published_petition(slug),
        "days": settings.CONFIRMATION_DAYS,
        "letters_per_day": settings.LETTERS_PER_DAY,
        "sender": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }
    return render(request, "petitions/signed.html", context)


@require_safe
@same_for_all_signers
def withdrawn(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing is left of it: the same page for everybody."""
    return render(request, "petitions/withdrawn.html", {"petition": petition_of_signers(slug)})


@require_safe
@same_for_all_signers
def link_sent(request: HttpRequest, slug: str) -> HttpResponse:
    """If there is a signature, a letter is on its way: the same page for everybody."""
    return render(request, "petitions/link_sent.html", {"petition": published_petition(slug)})


@require_safe
@cache_control(public=True, max_age=5)
def count(request: HttpRequest, slug: str) -> JsonResponse:
    """The public number for pages that stay open, and after how many seconds to ask again.

    `next` is null where there is nothing more to ask for. The same answer for everybody.
    """
    petition = get_object_or_404(
        Petition.objects.published().select_related("tally").prefetch_related("milestones"),
        slug=slug,
    )
    return JsonResponse(
        {
            "count": petition.signature_count,
            "goal": petition.goal,
            "open": petition.is_open,
            "next": switches.current().live_count_pause if petition.is_open else None,
        },
        headers={"X-Accel-Expires": NGINX_KEEPS_SECONDS},
    )


@require_safe
@cache_control(public=True, max_age=24 * 3600)
def qr(request: HttpRequest, slug: str) -> HttpResponse:
    """The petition's address as a code, to be printed on a poster."""
    petition = get_object_or_404(Petition.objects.for_engines(), slug=slug)
    code = sharing.qr_code(settings.SITE_URL + petition.get_absolute_url())
    return render(request, "components/qr.svg", {"qr": code}, content_type="image/svg+xml")
