"""Where may a photo stand? The one answer for pages, cards, home, feeds, previews and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from stories.photos import Photo


class Place(models.TextChoices):
    """Where a picture can be met."""

    PAGE = "page", _("on the page of what it shows")
    CARD = "card", _("on a card in a list")
    HOME = "home", _("on the home page")
    FEED = "feed", _("in a feed")
    SHARE = "share", _("in the preview of a shared link")


class Rule(models.TextChoices):
    """What can keep a photo away, by the name that editors read."""

    QUARANTINED = "quarantined", _("Not cleared yet")
    CONSENT_WITHDRAWN = "consent", _("Consent withdrawn")
    FACE = "face", _("Face not covered by consent")
    LICENCE_ENDED = "licence", _("Licence ended")
    HIDDEN = "hidden", _("Somebody hidden")
    MINORS = "minors", _("Identifiable minors")
    ILLUSTRATION = "illustration", _("Not as illustration")
    GRAPHIC = "graphic", _("Graphic")
    SUBJECT = "subject", _("Only with its own subject")


# What a rule asks for, said to the editor who chose the photo.
SENTENCES = {
    Rule.QUARANTINED: _("Another editor has to look at this photo first."),
    Rule.CONSENT_WITHDRAWN: _("Somebody in this photo no longer wants it to be shown."),
    Rule.FACE: _("It shows somebody who has given us no consent that holds and covers their face."),
    Rule.LICENCE_ENDED: _("We may no longer show this photo."),
    Rule.HIDDEN: _("It stands on the page of what it shows, and in no list or preview."),
    Rule.MINORS: _("It stands on the page of what it shows, and in no list or preview."),
    Rule.ILLUSTRATION: _("It stands on the page of what it shows, never beside another subject."),
    Rule.GRAPHIC: _("It stands covered on a page, and in no list or preview."),
    Rule.SUBJECT: _("It stands only where a person or an event that it shows is the subject."),
}


def rule_against(photo: Photo, place: str) -> Rule | None:
    """The first rule that keeps a photo from a place; None where it may stand there."""
    rule = _rule_everywhere(photo)
    if rule is None and place != Place.PAGE:
        rule = _rule_beyond_its_page(photo)
    return rule or _rule_of_faces(photo, place)


def _rule_everywhere(photo: Photo) -> Rule | None:
    today = timezone.localdate()
    if photo.consent_withdrawn_on and photo.consent_withdrawn_on <= today:
        return Rule.CONSENT_WITHDRAWN
    if photo.licence_until and photo.licence_until < today:
        return Rule.LICENCE_ENDED
    return Rule.QUARANTINED if photo.state == photo.State.QUARANTINED else None


def _rule_beyond_its_page(photo: Photo) -> Rule | None:
    # Whether children can be recognised is treated as a yes until somebody has said no.
    if photo.minors in (photo.Minors.IDENTIFIABLE, photo.Minors.UNKNOWN):
        return Rule.MINORS
    if photo.context == photo.Context.NOT_AS_ILLUSTRATION:
        return Rule.ILLUSTRATION
    return Rule.GRAPHIC if photo.is_graphic else None


def _rule_of_faces(photo: Photo, place: str) -> Rule | None:
    # A list has asked for all its photos at once, by `with_photo`; otherwise it is asked here.
    if not hasattr(photo, "has_uncovered_face"):
        photo = type(photo).objects.with_faces().filter(pk=photo.pk).first()
    if photo is None:  # not saved yet
        return None
    if photo.has_uncovered_face:
        return Rule.FACE
    return Rule.HIDDEN if photo.has_hidden_face and place != Place.PAGE else None


def rule_with(photo: Photo, defenders: object, stories: object) -> Rule | None:
    """The rule that keeps a photo from what is about these people and events."""
    bound = {
        photo.Context.NOT_AS_ILLUSTRATION: Rule.ILLUSTRATION,
        photo.Context.OWN_SUBJECT: Rule.SUBJECT,
    }
    rule = bound.get(photo.context)
    if rule is None and photo.minors in (photo.Minors.IDENTIFIABLE, photo.Minors.UNKNOWN):
        rule = Rule.MINORS
    if rule is None and _rule_of_faces(photo, Place.CARD) == Rule.HIDDEN:
        rule = Rule.HIDDEN
    if rule is None or photo.defenders_shown.filter(pk__in=_keys(defenders)).exists():
        return None
    return None if photo.stories_shown.filter(pk__in=_keys(stories)).exists() else rule


def _keys(rows: object) -> list[int]:
    return [row.pk for row in rows or () if row.pk]


def subjects(row: models.Model) -> tuple[object, object]:
    """The people and the events that a profile, a story or a petition is about."""
    if not row.pk:
        return [], []
    if row._meta.model_name == "defender":
        return [row], []
    if row._meta.model_name == "story":
        return row.defenders.all(), [row]
    return row.defenders.all(), row.stories.all()


def rule_at(row: models.Model, photo: Photo) -> Rule | None:
    """The rule that keeps a photo from the page of a story, profile or petition."""
    return rule_against(photo, Place.PAGE) or rule_with(photo, *subjects(row))


def photo_for(row: models.Model | None, place: str) -> Photo | None:
    """The photo of a story, profile or petition, where it may stand here and can be shown."""
    photo = getattr(row, "photo", None)
    if photo is None or not photo.is_ready or not photo.may_stand(place):
        return None
    # Asked only of bound photos; all others cost a list no query.
    return None if rule_with(photo, *subjects(row)) else photo


def refusal(rule: Rule) -> str:
    """What an editor reads: the rule's name, and what it asks for."""
    return _("“%(rule)s”: %(sentence)s") % {"rule": rule.label, "sentence": SENTENCES[rule]}
