"""The site's style sheets as one file, css/site.css: a slow line is asked once.

Put together from its parts whenever somebody looks for it: for `collectstatic`, which then gives it
a hashed name and compresses it like any other, and for servers that serve the folder of the parts.
"""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

NAME = "css/site.css"
# In this order; tokens.css has the order of the layers.
PARTS = (
    "tokens",
    "base",
    "layout",
    "components",
    "photos",
    "signing",
    "stories",
    "petitions",
    "home",
)
FOR_PAPER = "print"
SOURCES = settings.BASE_DIR / "static" / "css"


class JoinedStyles(BaseFinder):
    """Finds the one style sheet, and makes it first where a part has changed."""

    def check(self, **kwargs: object) -> list[CheckMessage]:
        """Nothing can be set wrongly."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | list[str]:
        """The file on the disk, if it is the one that is looked for."""
        if path != NAME:
            return []
        return [str(_written())] if find_all else str(_written())

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, object]]:
        """For collectstatic."""
        _written()
        yield NAME, FileSystemStorage(location=_folder())


def joined() -> str:
    """All parts, one behind the other; what is for paper only says so."""
    screen = [(SOURCES / f"{part}.css").read_text(encoding="utf-8") for part in PARTS]
    paper = (SOURCES / f"{FOR_PAPER}.css").read_text(encoding="utf-8")
    return "".join([*screen, "@media print {\n", paper, "}\n"])


def _folder() -> Path:
    return settings.DATA_DIR / "joined"


def _written() -> Path:
    file, text = _folder() / NAME, joined()
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        # In one step, since another process may be reading it.
        new = file.with_suffix(f".{id(text)}")
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    return file
