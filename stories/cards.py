"""The picture that networks show beside a link: a title on paper, and no photograph.

So no preview can show a face that is hidden, or one that is taken down tomorrow.
"""

import hashlib
import io
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont

from stories.search import SEARCHABLE, Searchable

WIDTH, HEIGHT = 1200, 630
MARGIN = 80
DESIGN = "1"  # another number when cards are drawn differently, so that none is kept from before
# --paper, --ink and --signal of static/css/tokens.css
PAPER, INK, SIGNAL = "#fbfaf6", "#16181d", "#a8321a"
FONT = settings.BASE_DIR / "static" / "fonts" / "display.woff2"
NAME_SIZE = 44
LEADING = 1.12
TITLE_SIZES = (92, 80, 70, 60, 52, 44, 36)
TITLE_HEIGHT = HEIGHT - 2 * MARGIN - 110
DAY_SECONDS = 24 * 3600


@require_safe
@cache_control(public=True, max_age=DAY_SECONDS)  # not longer, since a name may be taken back
def share_card(request: HttpRequest, kind: str, key: str, version: str) -> HttpResponse:
    """The card of a public row, as long as its title is this one."""
    searchable = next((s for s in SEARCHABLE.values() if s.kind == kind), None)
    if not searchable:
        raise Http404
    # A title that was changed, perhaps to protect somebody, is drawn for nobody any more.
    titles = _titles(searchable, key)
    title = next((title for title in titles if version == _version(title)), None)
    if title is None:
        raise Http404
    return HttpResponse(draw(title, settings.SITE_NAME), content_type="image/png")


def address(row: Model) -> str:
    """Where a row's card is; it changes with the title."""
    kind = SEARCHABLE[type(row)].kind
    return reverse("share_card", args=[kind, row.pk, _version(str(row))])


def may_have_card(row: Model) -> bool:
    """Whether previews may show this row's name in a picture."""
    return type(row) in SEARCHABLE and getattr(row, "has_share_card", True)


@lru_cache(maxsize=64)
def draw(title: str, name: str) -> bytes:
    """A PNG of 1200 × 630 with the title, or only the site's name where our font lacks letters."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 18), fill=INK)
    bottom = HEIGHT - MARGIN
    pen.rectangle((MARGIN, bottom - 84, MARGIN + 120, bottom - 76), fill=SIGNAL)
    if _is_writable(title):
        pen.text((MARGIN, bottom), name, INK, _font(NAME_SIZE), anchor="ls")
    lines, size = _set(title if _is_writable(title) else name)
    for number, line in enumerate(lines, start=1):
        pen.text((MARGIN, MARGIN + number * size * LEADING), line, INK, _font(size), anchor="ls")
    file = io.BytesIO()
    image.quantize(32).save(file, "PNG", optimize=True)  # two colours and what lies between
    return file.getvalue()


def _set(title: str) -> tuple[list[str], int]:
    """The title in lines, as large as it fits; cut where it fits in no size."""
    for size in TITLE_SIZES:
        lines = _lines(title, size)
        if len(lines) * size * LEADING <= TITLE_HEIGHT and not _is_too_wide(lines, size):
            return lines, size
    room = int(TITLE_HEIGHT / (size * LEADING))
    return [_cut(line, size) for line in lines[:room]], size


def _lines(title: str, size: int) -> list[str]:
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _is_too_wide([longer], size):
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _cut(line: str, size: int) -> str:
    while _is_too_wide([line], size):
        line = line[:-1]
    return line


def _is_too_wide(lines: list[str], size: int) -> bool:
    return any(_font(size).getlength(line) > WIDTH - 2 * MARGIN for line in lines)


def _is_writable(text: str) -> bool:
    """Whether our font has all of these letters: boxes help nobody."""
    return all(_is_in_font(letter) for letter in text if not letter.isspace())


@lru_cache(maxsize=2000)
def _is_in_font(letter: str) -> bool:
    font = _font(NAME_SIZE)
    drawn, missing = font.getmask(letter), font.getmask("\uffff")
    return (drawn.size, bytes(drawn)) != (missing.size, bytes(missing))


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


def _version(title: str) -> str:
    said = f"{DESIGN}\n{title}\n{settings.SITE_NAME}"
    return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()


def _titles(searchable: Searchable, key: str) -> Iterator[str]:
    """What a public row is called: by itself, and in each language of the site."""
    try:
        rows = searchable.public().filter(pk=key)
        row = rows.first()
    except (ValueError, OverflowError):  # no number, or larger than any key
        return
    if row is None or not may_have_card(row):
        return
    yield str(row)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield str(rows.translated().first() or row)
