"""Which day is meant?"""

from datetime import date, datetime, time, timedelta

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from stories import figures

register = template.Library()


@register.filter
def last_day(end: datetime | None) -> date | None:
    """The last day on which something was open that ends at this moment.

    What ends at midnight, as the 10th begins, was open until the 9th.
    """
    if end is None:
        return None
    return timezone.localdate(end - timedelta(microseconds=1))


@register.filter
def last_hour(end: datetime) -> str:
    """When it ends on its last day, with the zone whose clock is meant: midnight UTC, 15:00 UTC."""
    moment = timezone.localtime(end)
    if moment.time() == time():
        return _("midnight %(zone)s") % {"zone": moment.tzname()}
    return figures.written(f"{moment:%H:%M} {moment.tzname()}")
