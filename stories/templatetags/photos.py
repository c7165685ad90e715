"""Photos in templates: only through the rules."""

from django import template
from django.db.models import Model

from stories import standing
from stories.photos import Photo

register = template.Library()


@register.filter
def photo_for(row: Model | None, place: str) -> Photo | None:
    """The photo of a story, profile or petition, if it may stand in this place."""
    return standing.photo_for(row, standing.Place(place))
