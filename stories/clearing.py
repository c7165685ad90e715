"""Two pairs of eyes: what is suspicious waits until an editor other than its uploader clears it."""

import hashlib
from collections.abc import Callable

from django.core.files.base import File
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from stories import pictures, suspicion
from stories.photos import Photo
from stories.suspicion import Reason

# What a clearing was about. Who changes one of these afterwards asks for a new one.
DECIDED = ("minors", "context", "is_graphic")


def receive(photo: Photo, upload: File, looked: pictures.Looked, who: str) -> None:
    """Put an upload into a row that is not saved yet: privately, with what its file says."""
    upload.seek(0)
    photo.sha256 = hashlib.file_digest(upload, "sha256").hexdigest()
    upload.seek(0)
    photo.original.save(pictures.new_stem(), upload, save=False)
    photo.preview.save(looked.preview.name, looked.preview, save=False)
    photo.width, photo.height = looked.width, looked.height
    words = looked.words
    photo.caption_original, photo.instructions = words.caption, words.instructions
    photo.credit_original, photo.creator = words.credit, words.creator
    photo.agency_reference = words.reference
    photo.uploaded_by = who
    photo.reasons = ""
    begin_anew(photo, "", suspicion.reasons(words.everything))
    _believe(photo)


def begin_anew(photo: Photo, who: str, found: list[Reason] = ()) -> None:
    """Let a row that is not saved yet wait, if there is a reason, old or found now.

    Its public files are to be deleted by the caller, once it is saved.
    """
    codes = {*photo.reasons.split(), *found}
    photo.reasons = " ".join(reason for reason in suspicion.ORDER if reason in codes)
    photo.state = Photo.State.QUARANTINED if photo.reasons else Photo.State.OPEN
    photo.changed_by, photo.cleared_by, photo.cleared_on = who, "", None
    photo.stem, photo.formats_count = pictures.new_stem(), 0
    photo.leased_until, photo.tries_count = None, 0


def _believe(photo: Photo) -> None:
    """Take over from the file what makes a photo stricter, never what makes it less so."""
    if Reason.MINORS in photo.reasons.split() and photo.minors == Photo.Minors.NONE:
        photo.minors = Photo.Minors.UNKNOWN
    if Reason.ILLUSTRATION in photo.reasons.split():
        photo.context = Photo.Context.NOT_AS_ILLUSTRATION
    if Reason.GRAPHIC in photo.reasons.split():
        photo.is_graphic = True


def may_clear(photo: Photo, who: str) -> bool:
    """Whether this editor is somebody else than who uploaded it or set what is to be cleared."""
    return bool(who) and who not in (photo.uploaded_by, photo.changed_by)


# Called with a photo's number and who cleared it, in the transaction of the act.
ALSO: list[Callable[[int, str], None]] = []


@transaction.atomic
def clear(photo: Photo, who: str, seen: str) -> bool:
    """Let a photo out. True the first time only, and only for what the editor has seen."""
    # The stem changes with the picture and with what was said about it, so it names what was seen.
    waiting = Photo.objects.filter(pk=photo.pk, stem=seen, state=Photo.State.QUARANTINED)
    others = waiting.exclude(uploaded_by=who).exclude(changed_by=who)
    cleared = {"state": Photo.State.CLEARED, "cleared_by": who, "cleared_on": timezone.localdate()}
    is_cleared = bool(who and others.update(**cleared))
    if is_cleared:
        for tell in ALSO:
            tell(photo.pk, who)
    return is_cleared


def reasons_in_words(photo: Photo) -> list[str]:
    """Why it waits or waited, a sentence each."""
    return [str(Reason(code).label) for code in photo.reasons.split()]


def uses_names() -> list[str]:
    """By which names a photo finds what has it."""
    return [r.get_accessor_name() for r in Photo._meta.related_objects if r.one_to_many]


def uses(photo: Photo) -> list[Model]:
    """Every story, profile and petition that has this photo, published or not."""
    return [row for name in uses_names() for row in getattr(photo, name).all()]
