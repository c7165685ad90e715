"""What several views answer with."""

from collections.abc import Callable
from functools import wraps

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from petitions import guard, moderation
from petitions.forms import AddressForm, SignForm
from petitions.models import Petition
from petitions.models.petition import PetitionQuerySet
from stories import translations
from stories.photos import Photo
from stories.publishing import NGINX_KEEPS_SECONDS, with_visibility


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """No device and no cache keeps what the view answers; also for pages that are the same for
    everybody where only signers come. Less than Django's decorator takes to look at what is there.
    """

    @wraps(view)
    def _answer(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        response = view(request, *arguments, **named)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return _answer


def same_for_all_signers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Of a page that is private and yet the same for all: no device keeps it, but the web process
    does (`advocacy/page_cache.py`), and nginx for a moment. Each who signs is led to one."""
    made = private(view)

    @wraps(view)
    def _answer(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        response = made(request, *arguments, **named)
        response.headers["X-Accel-Expires"] = NGINX_KEEPS_SECONDS
        response.is_same_for_all = True
        return response

    return _answer


class SeeOther(HttpResponseRedirect):
    """Done; what there is to see is elsewhere (303, RFC 9110: to be fetched with GET)."""

    status_code = 303


def published_petition(slug: str) -> Petition:
    """A petition that anybody may see, with what its card shows. Raises Http404."""
    petitions = Petition.objects.published().for_card().select_related("destruction")
    return get_object_or_404(petitions.translated(), slug=slug)


def petition_of_signers(slug: str) -> Petition:
    """A petition that somebody has signed: one that was withdrawn, too. Raises Http404."""
    petitions = Petition.objects.published() | Petition.objects.exclude(withdrawn_on=None)
    return get_object_or_404(petitions.translated(), slug=slug)


def others_to_sign(petition: Petition) -> PetitionQuerySet:
    """Two more that can be signed now, and what closes soon before what does not."""
    return Petition.objects.open().exclude(pk=petition.pk).for_card().translated()[:2]


def petition_page(
    request: HttpRequest,
    petition: Petition,
    form: SignForm,
    status: int = 200,
    sentence: str = "",
    obstacle: guard.Obstacle | None = None,
) -> HttpResponse:
    """The petition with its form, as it was filled in, and why it was not taken."""
    # One that signing had in memory has nothing with it yet.
    photos = Prefetch("photo", Photo.objects.with_faces())
    prefetch_related_objects([petition], "milestones", photos)
    translations.translate([petition])
    context = {
        "petition": petition,
        "form": form,
        "refusal": sentence,
        "obstacle": obstacle,
        "read_in": translations.languages(petition),
        "demands": petition.demands.translated(),
        "names": moderation.shown(petition),
        "updates": petition.updates.published().translated(),
        "partners": petition.partners.translated(),
        "defenders": petition.defenders.published().for_card().translated(),
        "stories": petition.stories.published().with_photo().translated(),
        "countries": petition.countries.all(),
        "themes": petition.themes.translated(),
        "others": None if petition.is_open else others_to_sign(petition),
    }
    response = render(request, "petitions/petition_detail.html", context, status=status)
    return with_visibility(response, petition)


def small_form(
    request: HttpRequest,
    page: str,
    petition: Petition,
    form: AddressForm,
    obstacle: guard.Obstacle | None = None,
    **more: object,
) -> HttpResponse:
    """A form on a page of its own, as it was filled in, and why it was not taken."""
    status = obstacle.status if obstacle else 422 if form.is_bound else 200
    context = {"petition": petition, "form": form, "obstacle": obstacle, **more}
    return render(request, page, context, status=status)
