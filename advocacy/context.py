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
        "direction": "rtl" if get_language_bidi() else "ltr",
        "is_demo": settings.DEMO,
        "has_mailbox": settings.DEMO_MAILBOX,
        # Lazy: a page that shows no menu, such as one for a fault, asks the database nothing.
        "menu_pages": Page.objects.published().in_menu(),
    }
