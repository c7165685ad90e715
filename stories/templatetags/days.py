"""Which day is meant?"""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def last_day(end: datetime | None) -> date | None:
    """The last day on which something was open that ends at this moment.

    What ends at midnight, as the 10th begins, was open until the 9th.
    """
    if end is None:
        return None
    return timezone.localdate(end - timedelta(microseconds=1))
