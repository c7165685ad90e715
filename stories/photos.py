"""A photo: what it shows, who made it, what its file said, and where it may stand."""

from datetime import date
from functools import lru_cache

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stories import originals, pictures, standing
from stories.protection import Consent
from stories.translations import Translatable, TranslatedQuerySet


class PhotoQuerySet(TranslatedQuerySet):
    """Photos by whether they may be public at all."""

    def showable(self) -> "PhotoQuerySet":
        """Photos that may stand on some page; what `standing` says of one, asked of many."""
        return self.exclude(self._is_barred())

    def not_showable(self) -> "PhotoQuerySet":
        """Photos that may stand nowhere."""
        return self.filter(self._is_barred())

    def with_faces(self) -> "PhotoQuerySet":
        """With what `standing` asks of consents, so that a list of cards asks it once."""
        return self.annotate(**_faces_on(timezone.localdate()))

    def _is_barred(self) -> Q:
        today = timezone.localdate()
        # With "is not null", since exclude() would drop rows for which a comparison knows nothing.
        return (
            Q(state=Photo.State.QUARANTINED)
            | Q(consent_withdrawn_on__isnull=False, consent_withdrawn_on__lte=today)
            | Q(licence_until__isnull=False, licence_until__lt=today)
            | Q(_faces_on(today)["has_uncovered_face"])
        )


@lru_cache(maxsize=2)  # every list of cards asks it, and putting it together is work each time
def _faces_on(day: date) -> dict[str, Exists]:
    return {
        "has_uncovered_face": Exists(_faces_without_consent(Exists(_consents()), day)),
        "has_hidden_face": Exists(_faces_without_consent(Q(defender__risk_level="hidden"), day)),
    }


def _faces_without_consent(whose: Q | Exists, day: date) -> models.QuerySet:
    """Of the people whom a photo shows, those whose face no consent in force covers."""
    shown = Photo.defenders_shown.through.objects.filter(photo=OuterRef("pk"))
    covering = _consents().in_force(day).filter(covers_face=True)
    return shown.filter(whose, ~Exists(covering))


def _consents() -> models.QuerySet:
    return Consent.objects.filter(defender=OuterRef("defender"))


class Photo(Translatable):
    """A picture with what it shows, in words, and who made it.

    The uploaded file stays private and is read by the worker alone, which makes new files from its
    pixels. What may be shown is decided in `standing`.
    """

    translated_fields = ("alt", "caption")

    class State(models.TextChoices):
        """Whether somebody has to look at it first."""

        OPEN = "open", _("nothing found")
        QUARANTINED = "quarantined", _("quarantined")
        CLEARED = "cleared", _("cleared")

    class Minors(models.TextChoices):
        """Whether children or young people are to be seen."""

        NONE = "none", _("none")
        UNRECOGNISABLE = "unrecognisable", _("yes, but nobody can recognise them")
        IDENTIFIABLE = "identifiable", _("yes, and they can be recognised")
        UNKNOWN = "unknown", _("not known: treated as recognisable")

    class Context(models.TextChoices):
        """What it may be shown with."""

        ANY = "any", _("any subject that it fits")
        OWN_SUBJECT = "subject", _("only its own subject")
        NOT_AS_ILLUSTRATION = "page", _("not as illustration: only the page of what it shows")

    class Licence(models.TextChoices):
        """By what right we show it."""

        UNKNOWN = "unknown", _("not said")
        OWN = "own", _("our own")
        GIVEN = "given", _("given to us")
        AGENCY = "agency", _("agency")
        FREE = "free", _("Creative Commons or public domain")

    original = models.FileField(storage=originals.private, editable=False)
    preview = models.FileField(storage=originals.private, editable=False)
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, editable=False)
    # Part of the public address. A new one whenever what was decided has to be decided anew.
    stem = models.CharField(max_length=32, unique=True, editable=False, default=pictures.new_stem)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    # How many of pictures.FORMATS are made; the worker makes the next, and holds it until then.
    formats_count = models.PositiveSmallIntegerField(editable=False, default=0)
    leased_until = models.DateTimeField(editable=False, null=True)
    tries_count = models.PositiveSmallIntegerField(editable=False, default=0)

    alt = models.CharField(
        _("what is to be seen"),
        max_length=300,
        help_text=_("One sentence for those who can’t see the picture."),
    )
    credit = models.CharField(_("credit"), max_length=120, help_text=_("Who made it."))
    caption = models.CharField(_("caption"), max_length=300, blank=True)
    focal_x = models.PositiveSmallIntegerField(
        _("what matters, from the left"),
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("0 to 100, in hundredths of the width. Crops keep this point."),
    )
    focal_y = models.PositiveSmallIntegerField(
        _("what matters, from the top"),
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("0 to 100, in hundredths of the height."),
    )

    minors = models.CharField(_("minors"), max_length=14, choices=Minors, default=Minors.NONE)
    context = models.CharField(_("may stand with"), max_length=8, choices=Context, default="any")
    is_graphic = models.BooleanField(
        _("graphic"),
        default=False,
        help_text=_("Covered on pages until somebody opens it; in no list and no preview."),
    )
    defenders_shown = models.ManyToManyField(
        "stories.Defender",
        blank=True,
        related_name="shown_on",
        verbose_name=_("people whom it shows"),
    )
    stories_shown = models.ManyToManyField(
        "stories.Story", blank=True, related_name="shown_on", verbose_name=_("events that it shows")
    )
    licence = models.CharField(_("licence"), max_length=8, choices=Licence, default=Licence.UNKNOWN)
    licence_until = models.DateField(
        _("licence ends on"), null=True, blank=True, help_text=_("The last day we may show it.")
    )
    consent_withdrawn_on = models.DateField(
        _("consent withdrawn on"),
        null=True,
        blank=True,
        help_text=_("From this day it stands nowhere, and its public files are deleted."),
    )

    # As the file said it. Editors read it; pages never show it.
    caption_original = models.TextField(_("caption in the file"), blank=True, editable=False)
    credit_original = models.TextField(_("credit in the file"), blank=True, editable=False)
    creator = models.TextField(_("creator in the file"), blank=True, editable=False)
    agency_reference = models.TextField(_("agency’s reference"), blank=True, editable=False)
    instructions = models.TextField(_("instructions in the file"), blank=True, editable=False)

    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.OPEN, editable=False
    )
    # Codes of suspicion.Reason with spaces between them.
    reasons = models.CharField(max_length=100, blank=True, editable=False)
    uploaded_by = models.CharField(_("uploaded by"), max_length=150, blank=True, editable=False)
    # Who last changed what the clearing is about; it takes somebody else to clear that.
    changed_by = models.CharField(max_length=150, blank=True, editable=False)
    cleared_by = models.CharField(_("cleared by"), max_length=150, blank=True, editable=False)
    cleared_on = models.DateField(_("cleared on"), null=True, editable=False)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("photo"), _("photos")
        constraints = [
            models.CheckConstraint(name="a_photo_has_alt_text", condition=~Q(alt="")),
            models.CheckConstraint(name="a_photo_has_a_credit", condition=~Q(credit="")),
            models.CheckConstraint(
                name="a_photo_with_reasons_is_not_open",
                condition=~Q(state="open") | Q(reasons=""),
            ),
            models.CheckConstraint(
                name="nobody_clears_their_own_photo",
                condition=~Q(state="cleared")
                | (~Q(cleared_by="") & ~Q(cleared_by=F("uploaded_by")))
                & ~Q(cleared_by=F("changed_by")),
            ),
            models.CheckConstraint(
                name="what_matters_lies_in_the_photo",
                condition=Q(focal_x__lte=100, focal_y__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return self.alt

    def may_stand(self, place: str) -> bool:
        """Whether no rule keeps it from a place: page, card, home, feed or share."""
        return standing.rule_against(self, place) is None

    @property
    def is_ready(self) -> bool:
        """Whether there is a file to be shown."""
        return self.formats_count > 0

    @property
    def widths(self) -> list[int]:
        """The widths of its files in pixels, the smallest first."""
        return pictures.widths(self.width)

    @property
    def files(self) -> list[str]:
        """The names of all its public files, made or not."""
        return [
            pictures.file_name(self.stem, width, kind)
            for kind in pictures.FORMATS
            for width in self.widths
        ]

    def url(self, width: int, kind: str = "jpg") -> str:
        """The address of its smallest file of at least this width."""
        found = next((w for w in self.widths if w >= width), self.widths[-1])
        return pictures.address(self.stem, found, kind)

    def srcset(self, kind: str = "jpg", most: int = pictures.WIDTHS[-1]) -> str:
        """Its files of a kind, up to a width, for a browser to choose from."""
        return ", ".join(
            f"{pictures.address(self.stem, width, kind)} {width}w"
            for width in self.widths
            if width <= max(most, self.widths[0])
        )

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Type and files of each better format that is made, the best first."""
        return self._sources(pictures.WIDTHS[-1])

    @property
    def phone_sources(self) -> list[tuple[str, str]]:
        """The same for a phone, whose screen shows nothing more of a larger file."""
        return self._sources(pictures.PHONE_WIDTH)

    @property
    def card_sources(self) -> list[tuple[str, str]]:
        """The same for a card on a phone, of which a list has many: the smallest."""
        return self._sources(pictures.WIDTHS[0])

    def _sources(self, most: int) -> list[tuple[str, str]]:
        made = pictures.FORMATS[1 : self.formats_count]
        return [(pictures.TYPES[kind], self.srcset(kind, most)) for kind in reversed(made)]

    @property
    def jpegs(self) -> str:
        """Its files that every browser can show."""
        return self.srcset()

    @property
    def middle_url(self) -> str:
        """The file for browsers that do not choose."""
        return self.url(640)

    @property
    def smallest_url(self) -> str:
        """The file for readers of light pages, who choose whether to pay for it."""
        return self.url(0)

    @property
    def focus(self) -> str:
        """The classes that keep in a crop what matters, to a tenth."""
        return f"focus-x-{round(self.focal_x, -1)} focus-y-{round(self.focal_y, -1)}"
