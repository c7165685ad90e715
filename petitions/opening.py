"""What does a petition need before anybody can sign it, and where is it found while they do?"""

import time
from collections import OrderedDict
from threading import Lock

from django.conf import settings
from django.db.models.base import ModelState
from django.http import Http404

from petitions import sealing
from petitions.models import Petition

MOST_KEPT = 1000
# By slug or number: the generation, when it was fetched, and the petition as it was then.
_kept: OrderedDict[str | int, tuple[str, float, Petition | None]] = OrderedDict()
_lock = Lock()


def give_keys(petition: Petition) -> None:
    """Give a petition the keys that it keeps for life, unless it has them. Does not save it.

    The organisation's newest public key seals its signatures; a key of its own recognises
    repeated ones. Raises sealing.KeyMissing, OSError where the keys' folder can't be written.
    """
    if not petition.sealing_key_id:
        petition.sealing_key_id = sealing.current_sealing_key_id()
    if not petition.duplicate_key_id:
        petition.duplicate_key_id = sealing.make_duplicate_key()


def find(slug: str, word: str | None) -> Petition:
    """A petition that anybody may see, as it is in this generation. Raises Http404.

    From this process's memory as long as nothing was edited, and for no longer than a page is
    kept, should nobody have been told of an edit: in a great flood the database has better things
    to do. Whoever gets it gets one of their own.
    """
    try:
        kept = _find(slug, word, slug=slug)
    except Petition.DoesNotExist:
        raise Http404 from None
    if not kept.is_public:  # it may wait for its day
        raise Http404
    return _like(kept)


def of(number: int, word: str | None) -> Petition:
    """The petition of a signature, whoever may see it, kept in the same way."""
    return _like(_find(number, word, pk=number))


def _find(key: str | int, word: str | None, **which: object) -> Petition:
    with _lock:
        seen, fetched_at, kept = _kept.get(key, ("", 0.0, None))
    is_old = time.monotonic() - fetched_at > settings.PAGE_CACHE_SECONDS
    if word is None or seen != word or is_old:
        fetched_at, kept = time.monotonic(), Petition.objects.get(**which)
        with _lock:
            _kept[key] = (word or "", fetched_at, kept)
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return kept


def _like(kept: Petition) -> Petition:
    """Another one of the same row; Django takes several times as long, field by field."""
    petition = Petition.__new__(Petition)
    petition.__dict__ = kept.__dict__ | {"_state": ModelState()}
    petition._state.adding, petition._state.db = False, kept._state.db
    return petition
