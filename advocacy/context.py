"""What every page knows."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_bidi

from stories.models import Page


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name and address for answers, how it is written, and the pages in its menu."""
    return {
        "site_name": settings.SITE_NAME,
        "reply_address": settings.REPLY_TO_EMAIL or parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "site_url": settings.SITE_URL,
        "canonical": _canonical(request),
        "direction": "rtl" if get_language_bidi() else "ltr",
        "is_demo": settings.DEMO,
        "has_mailbox": settings.DEMO_MAILBOX,
        # Lazy: a page that shows no menu, such as one for a fault, asks the database nothing.
        "menu_pages": Page.objects.published().in_menu(),
    }


def _canonical(request: HttpRequest) -> str:
    """The page's one address, whatever else was asked for; pages of a list are pages."""
    page = request.GET.get("page", "")
    is_later = page.isdecimal() and len(page) < 6 and int(page) > 1
    return f"{settings.SITE_URL}{request.path}" + (f"?page={int(page)}" if is_later else "")
