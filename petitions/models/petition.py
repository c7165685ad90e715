"""A petition: what we ask, of whom, by when, and how it may be signed."""

from datetime import date, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stories.models import PUBLISHED_HAS_A_MOMENT, Country, Defender, Partner, Photo, Story, Theme
from stories.publishing import Publishable, PublishedQuerySet, WithVisibility
from stories.richtext import rich_text
from stories.templatetags.days import last_day
from stories.translations import Translatable, shown_language

# Beyond its last milestone a petition aims at the next of these, as 1, 2.5, 5, 10 …
_GOAL_STEPS = (10, 25, 50)


class PetitionQuerySet(PublishedQuerySet):
    """Petitions by what can be done with them."""

    def open(self) -> "PetitionQuerySet":
        """Published petitions that take signatures now."""
        return self.published().filter(Q(closes_at=None) | Q(closes_at__gt=timezone.now()))

    def closed(self) -> "PetitionQuerySet":
        """Published petitions that take no more signatures."""
        return self.published().filter(closes_at__lte=timezone.now())

    def open_first(self) -> "PetitionQuerySet":
        """Those that can be signed before those that can't, and of them what closes soon."""
        has_closed = Case(When(closes_at__lte=timezone.now(), then=1), default=0)
        return self.order_by(has_closed, F("closes_at").asc(nulls_last=True), "-published_at")

    def for_card(self) -> "PetitionQuerySet":
        """With what a card shows, so that a list asks no more for each."""
        return self.select_related("tally").with_photo().prefetch_related("milestones")


class Petition(Publishable, WithVisibility):
    """Something that we ask of somebody, until a day, for a reason."""

    translated_fields = (
        "title",
        "short_title",
        "summary",
        "text",
        "occasion",
        "occasion_place",
        "result",
        "postponed_because",
    )
    main_text = "text"

    class Outcome(models.TextChoices):
        """How it ended."""

        CLOSED = "closed", _("Closed")
        WON = "won", _("Won")

    title = models.CharField(
        _("title"), max_length=160, help_text=_("The ask, as an order: “Free …”, “Protect …”.")
    )
    short_title = models.CharField(
        _("short title"), max_length=70, blank=True, help_text=_("For cards and letters.")
    )
    slug = models.SlugField(unique=True)
    summary = models.CharField(
        _("summary"), max_length=250, help_text=_("Complete sentences for lists and previews.")
    )
    text = rich_text(_("text"))
    photo = models.ForeignKey(
        Photo,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="petitions",
        verbose_name=_("photo"),
    )
    occasion = models.CharField(
        _("occasion"), max_length=160, blank=True, help_text=_("The meeting it is timed for.")
    )
    occasion_on = models.DateField(_("date of the occasion"), null=True, blank=True)
    occasion_place = models.CharField(_("place of the occasion"), max_length=120, blank=True)
    closes_at = models.DateTimeField(
        _("closes at"), null=True, blank=True, help_text=_("No signatures are taken from then on.")
    )
    outcome = models.CharField(
        _("outcome"), max_length=6, choices=Outcome, blank=True, help_text=_("Once it has closed.")
    )
    result = rich_text(_("result"), blank=True, help_text=_("What came of it."))
    countries = models.ManyToManyField(Country, blank=True, related_name="petitions")
    themes = models.ManyToManyField(Theme, blank=True, related_name="petitions")
    defenders = models.ManyToManyField(Defender, blank=True, related_name="petitions")
    stories = models.ManyToManyField(Story, blank=True, related_name="petitions")
    partners = models.ManyToManyField(Partner, blank=True, related_name="petitions")
    takes_names = models.BooleanField(
        _("collects names for a hand-in"),
        default=True,
        help_text=_("If not, everybody is only counted, and no name is asked for."),
    )
    countries_at_risk = models.JSONField(
        _("countries at risk"),
        default=list,
        blank=True,
        help_text=_("Whoever signs from there is advised to be counted only."),
    )
    shows_names = models.BooleanField(
        _("shows names"),
        default=False,
        help_text=_(
            "Who wants to appears on the page with first name and country, once an editor has "
            "looked at it."
        ),
    )
    holds_throwaway = models.BooleanField(
        _("holds throw-away addresses"),
        default=True,
        help_text=_("Signatures from providers of addresses for one day wait for an editor."),
    )
    # How long names are kept is said at the form; see retention.py.
    retention_days = models.PositiveSmallIntegerField(
        _("days until all names are destroyed"),
        default=30,
        validators=[MinValueValidator(2), MaxValueValidator(365)],
        help_text=_("After closing. Signers are told this number, so hand the names in before."),
    )
    postponed_until = models.DateField(
        _("destruction postponed until"),
        null=True,
        blank=True,
        help_text=_("Only for a reason that can be said in public: it is, on the petition’s page."),
    )
    postponed_because = models.CharField(_("because"), max_length=200, blank=True)
    # Its words are gone then; who signed stays protected as promised, until the destruction.
    withdrawn_on = models.DateField(
        pgettext_lazy("page", "withdrawn on"), null=True, editable=False
    )
    # Ids of files in KEYS_DIR; see sealing.py. A petition keeps its keys for life.
    sealing_key_id = models.CharField(max_length=16, blank=True, editable=False)
    duplicate_key_id = models.CharField(max_length=16, blank=True, editable=False)

    objects = PetitionQuerySet.as_manager()

    class Meta:
        ordering = [F("closes_at").asc(nulls_last=True), "-published_at"]
        verbose_name, verbose_name_plural = _("petition"), _("petitions")
        constraints = [
            models.CheckConstraint(
                name="a_published_petition_has_a_moment", condition=PUBLISHED_HAS_A_MOMENT
            ),
            models.CheckConstraint(
                name="a_published_petition_has_its_keys",
                condition=Q(status="draft") | ~Q(sealing_key_id="") & ~Q(duplicate_key_id=""),
            ),
            models.CheckConstraint(
                name="a_withdrawn_petition_is_closed_and_not_public",
                condition=Q(withdrawn_on=None) | Q(status="draft", closes_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_petition_with_an_outcome_has_closed",
                condition=Q(outcome="") | Q(closes_at__isnull=False),
                violation_error_message=_("Say when it closed."),
            ),
            models.CheckConstraint(
                name="names_are_shown_only_where_names_are_taken",
                condition=Q(shows_names=False) | Q(takes_names=True),
                violation_error_message=_("A petition that takes no names can’t show any."),
            ),
            models.CheckConstraint(
                name="a_postponed_destruction_has_a_reason",
                condition=Q(postponed_until=None, postponed_because="")
                | Q(postponed_until__isnull=False) & ~Q(postponed_because=""),
                violation_error_message=_("Give both a day and a reason that can be published."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The petition's page, with its form."""
        return reverse("petitions:petition_detail", args=[self.slug])

    @property
    def card_title(self) -> str:
        """The title where there is little room."""
        # Not where only the title is translated.
        languages = {shown_language(self, name) for name in ("title", "short_title")}
        return self.short_title if self.short_title and len(languages) == 1 else self.title

    @property
    def is_open(self) -> bool:
        """Whether it takes signatures at this moment, being published."""
        return self.closes_at is None or timezone.now() < self.closes_at

    @property
    def is_confirmable(self) -> bool:
        """Whether signatures made in time may still be confirmed."""
        grace = timedelta(hours=settings.CONFIRMATION_GRACE_HOURS)
        is_in_time = self.closes_at is None or timezone.now() < self.closes_at + grace
        return is_in_time and not self.is_withdrawn

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken down, with nothing left of what it said."""
        return self.withdrawn_on is not None

    @property
    def levels(self) -> list[str]:
        """How it may be signed (values of Signature.Level), from the most that is given."""
        if not self.takes_names:
            return ["count"]
        return ["public", "hand_in", "count"] if self.shows_names else ["hand_in", "count"]

    @property
    def destroys_on(self) -> date | None:
        """The day on which all that says who signed is destroyed; None without a deadline."""
        if self.closes_at is None:
            return None
        day = (self.closes_at + timedelta(days=self.retention_days)).date()
        return max(day, self.postponed_until or day)

    @property
    def is_destroyed(self) -> bool:
        """Whether nothing is left of who signed, or is about to be."""
        return hasattr(self, "destruction")

    @property
    def is_won(self) -> bool:
        """Whether what it asked for has come about."""
        return self.outcome == self.Outcome.WON

    @property
    def days_left(self) -> int | None:
        """Days until the last one, as a calendar counts them: 0 on it, None without a deadline."""
        if self.closes_at is None:
            return None
        return max(0, (last_day(self.closes_at) - timezone.localdate()).days)

    @property
    def hours_left(self) -> int | None:
        """Whole hours until it closes, None without a deadline."""
        if self.closes_at is None:
            return None
        return max(0, int((self.closes_at - timezone.now()).total_seconds() // 3600))

    @property
    def signature_count(self) -> int:
        """The public number: the tally. It may lag behind the confirmations by seconds."""
        return self.tally.total if hasattr(self, "tally") else 0

    @property
    def goal(self) -> int:
        """The number of the next milestone; beyond the last one, the next round number."""
        milestone = self.next_milestone
        return milestone.count if milestone else _round_number_above(self.signature_count)

    @property
    def next_milestone(self) -> "Milestone | None":
        """The lowest above the public number; None beyond the last one."""
        above = (m for m in self.milestones.all() if m.count > self.signature_count)
        return min(above, key=lambda milestone: milestone.count, default=None)

    @property
    def reached_milestone(self) -> "Milestone | None":
        """The highest that was reached, also where people have withdrawn since."""
        reached = (m for m in self.milestones.all() if m.reached_on)
        return max(reached, key=lambda milestone: milestone.count, default=None)


def _round_number_above(count: int) -> int:
    power = 1
    while True:
        for step in _GOAL_STEPS:
            if step * power > count:
                return step * power
        power *= 10


class Demand(Translatable):
    """One thing that a petition asks, and of whom."""

    translated_fields = ("text", "addressee")

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="demands")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.TextField(_("demand"))
    addressee = models.CharField(_("of whom"), max_length=160)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name, verbose_name_plural = _("demand"), _("demands")

    def __str__(self) -> str:
        return self.text[:80]


class Milestone(Translatable):
    """A number of signatures at which something happens; the next one is the goal.

    Once reached it stays reached, even where people withdraw later.
    """

    translated_fields = ("text",)

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="milestones")
    count = models.PositiveIntegerField(_("signatures"))
    text = models.CharField(_("what happens then"), max_length=200, blank=True)
    reached_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["count"]
        verbose_name, verbose_name_plural = _("milestone"), _("milestones")
        constraints = [
            models.UniqueConstraint(
                fields=["petition", "count"], name="one_milestone_per_number_and_petition"
            ),
            models.CheckConstraint(name="a_milestone_is_above_zero", condition=Q(count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.count}"
