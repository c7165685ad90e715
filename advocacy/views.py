"""Pages that belong to no one app: home, faults, and answers for machines."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from advocacy import lite, request_ids
from petitions import sealing
from petitions.models import Petition
from stories import locking, pictures, places, withdrawn_addresses
from stories.models import Defender, Page, Partner, Statistic, Story
from stories.publishing import NGINX_KEEPS_SECONDS, for_everybody

LATEST_STORIES_COUNT = 4
DEFENDERS_COUNT = 4
YEAR_SECONDS = 365 * 24 * 3600


@require_safe
@for_everybody
def home(request: HttpRequest) -> HttpResponse:
    """What is most urgent, who we are, and where it happens."""
    stories = Story.objects.published().with_photo().prefetch_related("countries").translated()
    lead, *latest = stories[: LATEST_STORIES_COUNT + 1] or [None]
    defenders = Defender.objects.published().at_risk().for_card().translated()
    pages = {page.slug: page for page in Page.objects.published().translated()}
    found = places.published_places()
    petitions = Petition.objects.published().open_first().translated()
    asked = Prefetch("petitions", petitions, "public_petitions")
    context = {
        "lead": lead,
        "latest": latest,
        "petition": Petition.objects.open().for_card().translated().first(),
        "defenders": defenders[:DEFENDERS_COUNT],
        "statistics": Statistic.objects.featured().translated(),
        "places": found,
        "map": places.world_map(found),
        "partners": Partner.objects.prefetch_related(asked).translated(),
        "who_we_are": pages.get("home"),
        "get_involved": pages.get("get-involved"),
    }
    return render(request, "home.html", context)


@require_safe
@for_everybody
def browser_history(request: HttpRequest) -> HttpResponse:
    """What stays on a device after a visit, and how to be rid of it."""
    return render(request, "browser_history.html", {"quick_exit_host": _host_of_exit()})


def _host_of_exit() -> str:
    return urlsplit(settings.QUICK_EXIT_URL).hostname


@require_safe
@cache_control(public=True, max_age=YEAR_SECONDS, immutable=True)
def media(request: HttpRequest, name: str, kind: str) -> FileResponse:
    """A picture. Its name is random and its content never changes."""
    try:
        return FileResponse(default_storage.open(name), content_type=pictures.TYPES[kind])
    except FileNotFoundError:
        raise Http404 from None


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines should leave alone, and where to find the rest."""
    lines = ["User-agent: *", f"Disallow: {settings.ADMIN_PATH}"]
    codes = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    private = [f"{root}/signatures/" for root in ("", *(f"/{code}" for code in codes))]
    lines += [f"Disallow: {root}{path}" for root in ("", lite.PREFIX) for path in private]
    lines += [""]
    lines += [f"Sitemap: {settings.SITE_URL}{reverse(n)}" for n in ("sitemaps", "news_sitemap")]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=YEAR_SECONDS)
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon of a page that names none, such as the admin's."""
    return redirect(static("img/icon.svg"))


@require_safe
@cache_control(no_store=True)
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@cache_control(no_store=True)
def readyz(request: HttpRequest) -> HttpResponse:
    """This process can take signatures: the database answers and the keys are here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if sealing.missing_keys():
        return HttpResponse("keys missing\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


# --- Faults -------------------------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what arrived can't be read."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not for you."""
    return render(request, "403.html", status=403)


def foreign_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that was not sent from our own page. Nothing was done."""
    return render(request, "403_foreign_form.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or not published. 410: it was withdrawn, in words that name nobody."""
    if not _is_withdrawn(request.path_info):
        response = render(request, "404.html", status=404)
    else:
        response = render(request, "410.html", status=410)
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Cache-Control"] = "no-store"
    # nginx keeps it for a moment, so that it takes the place of a page that was there.
    response.headers["X-Accel-Expires"] = NGINX_KEEPS_SECONDS
    return response


def _is_withdrawn(path: str) -> bool:
    try:
        return withdrawn_addresses.is_withdrawn(path)
    except (DatabaseError, InterfaceError, locking.Locked):  # then it is only not there
        return False


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The page asks the database nothing."""
    context = {"request_id": request_ids.current()}
    response = render(request, "500.html", context, status=500)
    response.headers["Cache-Control"] = "no-store"
    return response


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database does not answer, so the page does without it. Nothing was stored."""
    response = render(request, "503.html", status=503)
    response.headers["Retry-After"] = "30"
    response.headers["Cache-Control"] = "no-store"
    return response
