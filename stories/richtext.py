"""What editors may do to a text: one list drives the toolbar and the list of allowed HTML."""

from django.db import models
from django_prose_editor.fields import ProseEditorField

# Changing this changes what the next save of a text keeps; nh3 removes all else.
EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "Heading": {"levels": [2, 3]},  # the page's title is its h1
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto"]},
    "History": True,
}


def rich_text(*args: object, **options: object) -> models.TextField:
    """A field of clean HTML, edited as what it will look like."""
    return ProseEditorField(*args, extensions=EXTENSIONS, sanitize=True, **options)
