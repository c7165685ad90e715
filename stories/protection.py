"""What protects those whom we write about: consent, withdrawals, names never to be published."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ConsentQuerySet(models.QuerySet):
    """Consents that hold, and those that hold no more."""

    def in_force(self, day: date) -> "ConsentQuerySet":
        """Neither withdrawn nor at their end on that day."""
        is_open = Q(until=None) | Q(until__gte=day)
        return self.filter(is_open, Q(withdrawn_on=None) | Q(withdrawn_on__gt=day))


class Consent(models.Model):
    """Somebody's word that we may tell of them: what, and until when. For editors only.

    The paper itself is kept elsewhere; here stands only where.
    """

    class GivenBy(models.TextChoices):
        """Who gave it."""

        SELF = "self", _("the person")
        GUARDIAN = "guardian", _("a guardian")
        FAMILY = "family", _("the family")
        LAWYER = "lawyer", _("a lawyer")

    defender = models.ForeignKey(
        "stories.Defender", on_delete=models.CASCADE, related_name="consents"
    )
    given_by = models.CharField(_("given by"), max_length=8, choices=GivenBy)
    given_on = models.DateField(_("given on"))
    covers_name = models.BooleanField(pgettext_lazy("consent covers", "name"), default=False)
    covers_face = models.BooleanField(_("face"), default=False)
    covers_voice = models.BooleanField(_("voice"), default=False)
    covers_story = models.BooleanField(pgettext_lazy("consent covers", "story"), default=False)
    covers_place = models.BooleanField(_("place"), default=False)
    until = models.DateField(_("holds until"), null=True, blank=True)
    withdrawn_on = models.DateField(pgettext_lazy("consent", "withdrawn on"), null=True, blank=True)
    kept_at = models.CharField(
        _("where the paper is kept"),
        max_length=160,
        blank=True,
        help_text=_("Such as: safe, folder 12. No names, and never the paper itself."),
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_on", "-pk"]
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        constraints = [
            models.CheckConstraint(
                name="a_consent_ends_after_it_was_given",
                condition=Q(until=None) | Q(until__gte=models.F("given_on")),
                violation_error_message=_("It ends before it was given."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_given_by_display()}, {self.given_on}"

    def is_in_force(self, day: date) -> bool:
        """Whether it holds on a day; the same as `in_force`, for a row that is not saved yet."""
        has_ended = self.until is not None and self.until < day
        return not has_ended and (self.withdrawn_on is None or self.withdrawn_on > day)


class GuardedName(models.Model):
    """A name that must never be published. It is locked, and no page shows it again."""

    locked_name = models.BinaryField()
    note = models.CharField(
        _("note"),
        max_length=120,
        blank=True,
        help_text=_("To know it by, such as: case 12, village. Everybody on the desk reads this."),
    )
    made_on = models.DateField(_("entered on"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("name never to publish"), _("names never to publish")

    def __str__(self) -> str:
        return f"№ {self.pk}"


class Withdrawal(models.Model):
    """An address whose content was withdrawn. Nothing here says what or who it was."""

    class Kind(models.TextChoices):
        """What stood there."""

        STORY = "story", _("story")
        DEFENDER = "defender", _("profile")
        PHOTO = "photo", _("photo")
        PETITION = "petition", _("petition")
        PAGE = "page", _("page")

    class Reason(models.TextChoices):
        """Why, as a code that tells nothing of the person."""

        ASKED = "asked", _("The person asked for it")
        CONSENT = "consent", _("Consent has ended")
        DANGER = "danger", _("It puts somebody in danger")
        MISTAKE = "mistake", _("It was published by mistake")
        LAW = "law", _("The law demands it")

    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    path_hash = models.BinaryField(max_length=32, unique=True)
    # Of the row that is gone, so that a feed can tell its readers' programs to drop it.
    number = models.PositiveBigIntegerField(pgettext_lazy("of a row", "number"))
    withdrawn_on = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    # What nobody could have seen answers as if it had never been there.
    was_public = models.BooleanField(_("was public"))

    class Meta:
        ordering = ["-withdrawn_on", "-pk"]
        verbose_name, verbose_name_plural = _("withdrawn address"), _("withdrawn addresses")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.withdrawn_on}"
