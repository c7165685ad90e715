"""What every page knows."""

from email.utils import parseaddr
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import (
    get_language,
    get_language_bidi,
    pgettext,
)

from advocacy import languages, lite
from petitions import switches
from stories.models import Page


class Language(NamedTuple):
    """A language of the interface in its own words, its front page, and this very page in it."""

    code: str
    name: str
    home: str
    address: str
    is_here: bool


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name and address for answers, how it is written, and the pages in its menu."""
    return {
        "site_name": settings.SITE_NAME,
        "reply_address": settings.REPLY_TO_EMAIL or parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "site_url": settings.SITE_URL,
        "canonical": _canonical(request),
        "direction": "rtl" if get_language_bidi() else "ltr",
        "comma": pgettext("between the parts of a line", ", "),
        "languages": _languages(request),
        "is_lite": lite.is_lite(request),
        "lite_style": mark_safe(lite.style()),  # noqa: S308 - a file of ours
        "other_version": lite.address(request),
        "quick_exit_url": settings.QUICK_EXIT_URL,
        "other_home": lite.address(request, of_home=True),
        "switches": SimpleLazyObject(switches.current),
        "is_demo": settings.DEMO,
        "has_mailbox": settings.DEMO_MAILBOX,
        # Lazy: a page that shows no menu, such as one for a fault, asks the database nothing.
        "menu_pages": Page.objects.published().in_menu().translated(),
    }


def _canonical(request: HttpRequest) -> str:
    """The page's one address, whatever else was asked for; pages of a list are pages."""
    page = request.GET.get("page", "")
    is_later = page.isdecimal() and len(page) < 6 and int(page) > 1
    return f"{settings.SITE_URL}{request.path_info}" + (f"?page={int(page)}" if is_later else "")


def _languages(request: HttpRequest) -> list[Language]:
    """All languages, in the order of the settings; empty where there is but one to choose from."""
    if len(settings.LANGUAGES) < 2:
        return []
    prefix = languages.of_path(request.path_info)
    here = request.path_info.removeprefix(f"/{prefix}") if prefix else request.path_info
    if request.method not in ("GET", "HEAD"):
        here = "/"  # what answers a form need not be a page
    elif request.GET:
        here += f"?{request.GET.urlencode()}"
    found, before = [], get_script_prefix().rstrip("/")
    for code, name in settings.LANGUAGES:
        root = before if code == settings.LANGUAGE_CODE else f"{before}/{code}"
        found.append(Language(code, name, f"{root}/", f"{root}{here}", code == get_language()))
    return found
