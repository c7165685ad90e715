"""Pages behind letters, rendered once for all people whose page reads the same.

Such a page is made of the petition and of few facts, which name nobody, and has the token of a
letter in its links: the template is given no more. So it is kept without the token, as a plate, and
each gets it with their own. On a night on which hundreds a second confirm, making it anew for each
of them would take twenty times as long as counting them.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MOST_PLATES = 500  # of some 20 KB each
_PLACE = b"\0"  # in no page of ours


class Plate(NamedTuple):
    """A page without its token, of which state of the content it is, and since when."""

    body: bytes
    word: str
    made_at: float


_plates: OrderedDict[Hashable, Plate] = OrderedDict()
_lock = threading.Lock()


def page(
    request: HttpRequest,
    token: str,
    word: str | None,
    facts: Hashable,
    render: Callable[[], HttpResponse],
) -> HttpResponse:
    """The page that `render` makes of these facts, of the petition that they name, and of a token.

    Kept as long as other pages (PAGE_CACHE_SECONDS), and not after an edit: for that the word of
    the content (`stories/generation.py`) has to be from before the petition was looked up.
    """
    is_usual = request.method in ("GET", "HEAD") and not request.META.get("QUERY_STRING")
    if word is None or not is_usual:
        return render()
    # The address has the language and the version; and links to the others of both.
    key = (request.path.replace(token, ""), facts)
    plate = _find(key, word)
    if plate is None:
        response = render()
        if response.status_code == 200:
            _keep(key, Plate(response.content.replace(token.encode(), _PLACE), word, _now()))
        return response
    return HttpResponse(plate.body.replace(_PLACE, token.encode()))


def _find(key: Hashable, word: str) -> Plate | None:
    with _lock:
        plate = _plates.get(key)
        if plate is None or plate.word != word:
            return None
        if _now() - plate.made_at >= settings.PAGE_CACHE_SECONDS:
            return None
        _plates.move_to_end(key)
        return plate


def _keep(key: Hashable, plate: Plate) -> None:
    with _lock:
        _plates[key] = plate
        _plates.move_to_end(key)
        while len(_plates) > MOST_PLATES:
            _plates.popitem(last=False)


def _now() -> float:
    return time.monotonic()
