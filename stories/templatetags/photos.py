"""Photos in templates: only through the rules."""

from django import template
from django.core.files.storage import default_storage
from django.db.models import Model

from stories import pictures, standing
from stories.photos import Photo

register = template.Library()


@register.filter
def photo_for(row: Model | None, place: str) -> Photo | None:
    """The photo of a story, profile or petition, if it may stand in this place."""
    return standing.photo_for(row, standing.Place(place))


@register.filter
def smallest_bytes(photo: Photo) -> int:
    """What a reader of a light page pays to see the photo; 0 where its file is not there yet."""
    try:
        return default_storage.size(pictures.file_name(photo.stem, photo.widths[0], "jpg"))
    except FileNotFoundError:
        return 0
