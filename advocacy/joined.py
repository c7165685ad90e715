"""Style sheets as one file, css/site.css, and scripts as one, js/site.js: a line is asked once.

Put together from their parts whenever somebody looks for them: for `collectstatic`, which then
gives them hashed names and compresses them like any other, and for servers that serve the folder
of the parts.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

STYLES = "css/site.css"
# In this order; tokens.css has the order of the layers.
PARTS = (
    "tokens",
    "base",
    "layout",
    "way-out",
    "components",
    "photos",
    "signing",
    "stories",
    "places",
    "petitions",
    "home",
)
FOR_PAPER = "print"
SCRIPT = "js/site.js"
# The custom elements of readers' pages. What few of them meet is loaded by itself.
ELEMENTS = ("live-count", "quick-exit", "share-link")
SOURCES = settings.BASE_DIR / "static"


class Joined(BaseFinder):
    """Finds what is joined, and makes it first where a part has changed."""

    def made(self) -> dict[str, Callable[[], str]]:
        """By path, who says what stands in it."""
        return MADE

    def check(self, **kwargs: object) -> list[CheckMessage]:
        """Nothing can be set wrongly."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | list[str]:
        """The file on the disk, if it is one of those."""
        if path not in self.made():
            return []
        file = str(_written(path, self.made()[path]()))
        return [file] if find_all else file

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, object]]:
        """For collectstatic."""
        for path, text in self.made().items():
            _written(path, text())
            yield path, FileSystemStorage(location=_folder())


def styles() -> str:
    """All style sheets, one behind the other; what is for paper only says so."""
    screen = [_part(f"css/{part}.css") for part in PARTS]
    return "".join([*screen, "@media print {\n", _part(f"css/{FOR_PAPER}.css"), "}\n"])


def script() -> str:
    """All elements, each in a block of its own, since they use the same names."""
    return "".join(f"{{\n{_part(f'js/{element}.js')}}}\n" for element in ELEMENTS)


MADE = {STYLES: styles, SCRIPT: script}


def _part(path: str) -> str:
    return (SOURCES / path).read_text(encoding="utf-8")


def _folder() -> Path:
    return settings.DATA_DIR / "joined"


def _written(path: str, text: str) -> Path:
    file = _folder() / path
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        # In one step, since another process may be reading it.
        new = file.with_suffix(f".{id(text)}")
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    return file
