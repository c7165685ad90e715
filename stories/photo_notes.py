"""What an editor has to know of a photo at a glance: what waits, what is restricted."""

import copy
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from stories import figures, pictures, standing
from stories.photos import Photo
from stories.standing import Place


def notes(photo: Photo) -> list[tuple[str, str]]:
    """Kind and words of each note: "stop" keeps it from everywhere, "care" from some places."""
    return [*_state(photo), *_restrictions(photo), *_licence(photo)]


class Standing(NamedTuple):
    """A place, and what is said to whoever wants the photo there; nothing where it may stand."""

    name: str
    refusal: str


def places(photo: Photo) -> list[Standing]:
    """Where it may stand. What it may stand nowhere for is said of its own page, too."""
    rules = [(place.label, standing.rule_against(photo, place)) for place in Place]
    return [Standing(str(name), standing.refusal(rule) if rule else "") for name, rule in rules]


def places_once_cleared(photo: Photo) -> list[Standing]:
    """Where it may stand after a clearing, for whoever is about to clear it."""
    cleared = copy.copy(photo)
    cleared.state = Photo.State.CLEARED
    return places(cleared)


def _state(photo: Photo) -> list[tuple[str, str]]:
    rule = standing.rule_against(photo, Place.PAGE)
    if rule and rule != standing.Rule.LICENCE_ENDED:
        return [("stop", str(rule.label))]
    if photo.tries_count >= pictures.MAX_TRIES:
        return [("stop", _("Its files could not be made"))]
    return [] if rule or photo.is_ready else [("", _("Its files are being made"))]


def _restrictions(photo: Photo) -> list[tuple[str, str]]:
    minors = {
        photo.Minors.IDENTIFIABLE: ("care", _("Minors: can be recognised")),
        photo.Minors.UNKNOWN: ("care", _("Minors: not known")),
        photo.Minors.UNRECOGNISABLE: ("", _("Minors: nobody can recognise them")),
    }
    contexts = {
        photo.Context.OWN_SUBJECT: ("care", _("Only its own subject")),
        photo.Context.NOT_AS_ILLUSTRATION: ("care", _("Not as illustration")),
    }
    found = [minors.get(photo.minors), contexts.get(photo.context)]
    if photo.is_graphic:
        found.append(("care", _("Graphic: covered")))
    return [note for note in found if note]


def _licence(photo: Photo) -> list[tuple[str, str]]:
    if not photo.licence_until:
        return []
    day = figures.day(photo.licence_until)
    if photo.licence_until < timezone.localdate():
        return [("stop", _("Licence ended on %(day)s") % {"day": day})]
    return [("", _("Licence until %(day)s") % {"day": day})]
