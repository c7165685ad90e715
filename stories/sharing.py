"""How is a page passed on? By plain links with words in them, and by a code for another phone."""

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

import segno
from django.utils.translation import gettext as _

from stories.publishing import WithVisibility

# White around the code, in widths of a dot: ISO/IEC 18004 asks for four.
QUIET_ZONE = 4


class Way(NamedTuple):
    """A network or a program that passes pages on, and the link that opens it with our words."""

    name: str
    href: str


class QrCode(NamedTuple):
    """An address as dots: how many in a row, with the white around, and their strokes (SVG)."""

    size: int
    strokes: str


def may_be_shared(row: WithVisibility) -> bool:
    """Whether its page asks to be passed on.

    Not who is to be found by nobody, and not a memorial: there nothing is asked for.
    """
    is_hidden = row.visibility == WithVisibility.Visibility.NOT_FOUND
    return not is_hidden and not getattr(row, "is_remembered", False)


def ways(words: str, address: str) -> list[Way]:
    """Where words and an address can be sent to: bare links, followed only when pressed.

    What a link carries is what its network asks for, and nothing that tells one reader from
    another. Mastodon has no server of its own; its makers' page asks for the reader's, and gets the
    words behind a `#`, which no browser sends to a server.
    """
    both, letter = _quoted(f"{words}\n{address}"), _quoted(f"{words}\r\n{address}")
    words_alone, address_alone = _quoted(words), _quoted(address)
    return [
        Way("WhatsApp", f"https://wa.me/?text={both}"),
        Way("Telegram", f"https://t.me/share/url?url={address_alone}&text={words_alone}"),
        Way("Mastodon", f"https://share.joinmastodon.org/#text={both}"),
        Way("Bluesky", f"https://bsky.app/intent/compose?text={both}"),
        Way("Facebook", f"https://www.facebook.com/sharer/sharer.php?u={address_alone}"),
        Way("X", f"https://x.com/intent/post?text={words_alone}&url={address_alone}"),
        Way(_("E-mail"), f"mailto:?subject={words_alone}&body={letter}"),
    ]


# Drawing one takes some milliseconds; an address of ours is short and says nothing of a reader.
@lru_cache(maxsize=512)
def qr_code(address: str) -> QrCode:
    """The address as a QR code that can be read with a seventh of it covered."""
    rows = list(segno.make(address, error="m", micro=False).matrix_iter(border=QUIET_ZONE))
    return QrCode(len(rows), "".join(_strokes(rows)))


def _strokes(rows: list[bytearray]) -> list[str]:
    # One stroke for neighbours in a row, each from where the last one ended: half the bytes.
    found, pen_x, pen_y = ["M0 .5"], 0, 0
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            width = len(list(run))
            if is_dark:
                found.append(f"m{x - pen_x} {y - pen_y}h{width}")
                pen_x, pen_y = x + width, y
            x += width
    return found


def _quoted(text: str) -> str:
    return quote(text, safe="")
