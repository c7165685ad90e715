"""How we know: sources, dated incidents, people's own words, and numbers."""

from datetime import date, timedelta
from unicodedata import category

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from stories.templatetags.numbers import grouped
from stories.translations import Translatable, TranslatedQuerySet

# After this long somebody should open a number's source again: figures are revised.
STALE_AFTER = timedelta(days=730)
YEARS = (1500, 2199)  # what a year can be, so that 16 for 2016 is noticed


def _today() -> date:
    return timezone.now().date()


def _is_coarse(place: str) -> None:
    # No region or city has a number in its name; coordinates, addresses and postcodes do. Chinese
    # numbers are letters too, and stand in the names of provinces, such as 四川.
    if any(c.isnumeric() and category(c) != "Lo" for c in place):
        raise ValidationError(_("No numbers here: they lead to a house or a point on the map."))


class Precision(models.TextChoices):
    """How exactly a day is known."""

    DAY = "day", _("that day")
    MONTH = "month", _("that month")
    YEAR = "year", _("that year")

    @property
    def date_format(self) -> str:
        """How to write the date so that it says no more than is known."""
        return {"day": "DATE_FORMAT", "month": "YEAR_MONTH_FORMAT", "year": "YEAR_FORMAT"}[
            self.value
        ]

    @property
    def since_format(self) -> str:
        """The same after the word “since”, where some languages have an article or another case."""
        return f"SINCE_{self.name}_FORMAT"

    @property
    def machine_format(self) -> str:
        """The same for the `datetime` of a `<time>`."""
        return {"day": "Y-m-d", "month": "Y-m", "year": "Y"}[self.value]


class SourceQuerySet(models.QuerySet):
    """Sources, and those that may be named."""

    def shown(self) -> "SourceQuerySet":
        """Sources that readers may see."""
        return self.filter(is_withheld=False)


class Source(models.Model):
    """Where a fact in a story or a profile comes from."""

    story = models.ForeignKey(
        "stories.Story", on_delete=models.CASCADE, null=True, blank=True, related_name="sources"
    )
    defender = models.ForeignKey(
        "stories.Defender", on_delete=models.CASCADE, null=True, blank=True, related_name="sources"
    )
    title = models.CharField(_("title"), max_length=250)
    publisher = models.CharField(_("publisher"), max_length=120)
    url = models.URLField(_("link"), blank=True, max_length=500)
    published = models.CharField(
        pgettext_lazy("day of the source", "published"),
        max_length=20,
        help_text=_("Year or date, such as 2021 or 16 March 2021."),
    )
    archive_url = models.URLField(
        _("link to a copy"),
        blank=True,
        max_length=500,
        help_text=_("In a web archive, for the day when the page itself is gone."),
    )
    opened_on = models.DateField(
        _("opened on"),
        null=True,
        blank=True,
        help_text=_("When somebody last read it there."),
    )
    is_withheld = models.BooleanField(
        _("not shown"),
        default=False,
        help_text=_("Readers learn only that there is one more source, whom we protect."),
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("source"), _("sources")
        constraints = [
            models.CheckConstraint(
                name="a_source_belongs_to_one_text",
                condition=Q(story__isnull=True, defender__isnull=False)
                | Q(story__isnull=False, defender__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.title


def withheld(count: int) -> str:
    """What readers learn of sources that can't be named."""
    words = ngettext(
        "%(count)s source is not named here, to protect whoever told us.",
        "%(count)s sources are not named here, to protect those who told us.",
        count,
    )
    return words % {"count": grouped(count)}


class Incident(Translatable):
    """One thing that was done to a defender, on a day that may be known only roughly."""

    translated_fields = ("text", "place")

    class Violation(models.TextChoices):
        """What sort of wrong it was."""

        SMEAR = "smear", _("Smear campaign")
        THREAT = "threat", _("Threat")
        SURVEILLANCE = "surveillance", _("Surveillance")
        TRAVEL_BAN = "travel_ban", _("Travel ban")
        PROSECUTION = "prosecution", _("Prosecution")
        DETENTION = "detention", _("Detention")
        TORTURE = "torture", _("Torture or ill-treatment")
        ATTACK = "attack", _("Attack")
        DISAPPEARANCE = "disappearance", _("Enforced disappearance")
        KILLING = "killing", _("Killing")
        EXPULSION = "expulsion", _("Expulsion or exile")

    class Perpetrator(models.TextChoices):
        """What sort of power did it."""

        STATE = "state", _("a state")
        COMPANY = "company", _("a company")
        ARMED_GROUP = "armed_group", _("an armed group")
        OTHER = "other", _("others")
        UNKNOWN = "unknown", _("not known who")

    class Verification(models.TextChoices):
        """How sure we are, in the words that readers see."""

        CONFIRMED = "confirmed", _("Confirmed by several sources")
        REPORTED = "reported", _("Reported")
        CHECKING = "checking", _("We are checking this")

    defender = models.ForeignKey(
        "stories.Defender", on_delete=models.CASCADE, related_name="incidents"
    )
    happened_on = models.DateField(_("date"))
    precision = models.CharField(
        _("known to"), max_length=5, choices=Precision, default=Precision.DAY
    )
    ended_on = models.DateField(
        _("until"), null=True, blank=True, help_text=_("Known as exactly as the date.")
    )
    violation = models.CharField(
        _("kind of wrong"),
        max_length=13,
        choices=Violation,
        blank=True,
        help_text=_("Left open where it was none, such as a release or a prize."),
    )
    perpetrator = models.CharField(_("done by"), max_length=11, choices=Perpetrator, blank=True)
    place = models.CharField(
        _("region"),
        max_length=80,
        blank=True,
        validators=[_is_coarse],
        help_text=_("A region or a large city; never a village, an address or coordinates."),
    )
    verification = models.CharField(
        _("how sure we are"),
        max_length=9,
        choices=Verification,
        default=Verification.REPORTED,
    )
    text = models.TextField(_("what happened"))
    source = models.ForeignKey(
        Source,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("source"),
    )

    class Meta:
        ordering = ["happened_on", "pk"]
        verbose_name, verbose_name_plural = _("incident"), _("incidents")
        constraints = [
            models.CheckConstraint(
                name="an_incident_ends_after_it_began",
                condition=Q(ended_on=None) | Q(ended_on__gte=F("happened_on")),
                violation_error_message=_("It ends before it began."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.happened_on} {self.text[:60]}"

    @property
    def known_to(self) -> Precision:
        """How exactly its days are known."""
        return Precision(self.precision)

    @property
    def is_a_while(self) -> bool:
        """Whether it lasted, as far as its days are known: June to June is June."""
        if self.ended_on is None:
            return False
        began, ended = self.happened_on, self.ended_on
        return {
            Precision.DAY: began != ended,
            Precision.MONTH: (began.year, began.month) != (ended.year, ended.month),
            Precision.YEAR: began.year != ended.year,
        }[self.known_to]

    @property
    def is_doubtful(self) -> bool:
        """Whether we are not sure of it ourselves yet."""
        return self.verification == self.Verification.CHECKING

    @property
    def shown_source(self) -> Source | None:
        """Where it is from, where that may be said. Needs `source` selected."""
        source = self.source
        is_ours = source is not None and source.defender_id == self.defender_id
        return source if is_ours and not source.is_withheld else None


class Quote(Translatable):
    """Somebody's own words, with who they were when they said them."""

    translated_fields = ("translation", "role", "organisation")
    written_as = "story"  # its own language is that of the words that were said

    text = models.TextField(_("words"))
    language = models.CharField(_("language"), max_length=12, default="en")
    translation = models.TextField(
        _("translation"), blank=True, help_text=_("Ours, where the words are not in English.")
    )
    speaker = models.CharField(_("who said it"), max_length=120)
    role = models.CharField(_("role at the time"), max_length=160, blank=True)
    organisation = models.CharField(_("organisation"), max_length=160, blank=True)
    said_on = models.DateField(_("said on"), null=True, blank=True)
    source_name = models.CharField(_("source"), max_length=200)
    source_url = models.URLField(_("link to the source"), blank=True, max_length=500)
    story = models.ForeignKey(
        "stories.Story", on_delete=models.SET_NULL, null=True, blank=True, related_name="quotes"
    )
    defender = models.ForeignKey(
        "stories.Defender", on_delete=models.SET_NULL, null=True, blank=True, related_name="quotes"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("quote"), _("quotes")

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text[:60]}"


class StatisticQuerySet(TranslatedQuerySet):
    """Numbers, and those that stand on the home page."""

    def current(self) -> "StatisticQuerySet":
        """Numbers that no newer one has replaced."""
        return self.filter(superseded_by=None)

    def featured(self) -> "StatisticQuerySet":
        """Numbers chosen for the home page."""
        return self.current().filter(is_featured=True)

    def stale(self, today: date) -> "StatisticQuerySet":
        """Numbers whose source nobody has opened for too long."""
        forgotten = Q(stale_after=None, checked_on__lt=today - STALE_AFTER)
        return self.current().filter(forgotten | Q(stale_after__lt=today))


class Statistic(Translatable):
    """A number that says what was counted, when, by whom, and what it compares with."""

    translated_fields = ("label", "unit", "scope", "note")

    class Qualifier(models.TextChoices):
        """How exact the number is; part of the fact."""

        EXACTLY = "exactly", _("exactly")
        AT_LEAST = "at_least", _("at least")
        MORE_THAN = "more_than", _("more than")
        ABOUT = "about", _("about")
        UP_TO = "up_to", _("up to")

    label = models.CharField(
        _("what was counted"),
        max_length=200,
        help_text=_("Reads on after the number: “people were killed for defending human rights”."),
    )
    qualifier = models.CharField(_("qualifier"), max_length=10, choices=Qualifier)
    value = models.DecimalField(
        _("value"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)]
    )
    unit = models.CharField(
        _("unit"), max_length=40, help_text=_("What one of them is: people, countries, %.")
    )
    scope = models.CharField(
        _("where"), max_length=80, blank=True, help_text=_("Such as: in 22 countries.")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    compared_value = models.DecimalField(
        _("compares with"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    compared_year = models.PositiveSmallIntegerField(_("of the year"), null=True, blank=True)
    source_name = models.CharField(_("source"), max_length=200)
    source_url = models.URLField(_("link to the source"), max_length=500)
    source_year = models.PositiveSmallIntegerField(_("source published in"))
    archive_url = models.URLField(
        _("link to a copy"),
        blank=True,
        max_length=500,
        help_text=_("In a web archive, for the day when the page itself is gone."),
    )
    note = models.TextField(_("note"), blank=True, help_text=_("What is counted and what is not."))
    theme = models.ForeignKey(
        "stories.Theme", on_delete=models.SET_NULL, null=True, blank=True, related_name="statistics"
    )
    country = models.ForeignKey(
        "stories.Country",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="statistics",
    )
    is_featured = models.BooleanField(_("on the home page"), default=False)
    checked_on = models.DateField(
        _("checked on"),
        default=_today,
        help_text=_("When somebody last opened the source and found this number there."),
    )
    stale_after = models.DateField(
        _("to be checked again after"),
        null=True,
        blank=True,
        help_text=_("Two years after the check, unless you say otherwise."),
    )
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supersedes",
        verbose_name=_("replaced by"),
        help_text=_("The newer or corrected number. This one stays to be seen beneath it."),
    )

    objects = StatisticQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "pk"]
        verbose_name = pgettext_lazy("a statistic", "number")
        verbose_name_plural = pgettext_lazy("statistics", "numbers")
        constraints = [
            models.CheckConstraint(
                name="a_number_names_its_source", condition=~Q(source_name="") & ~Q(source_url="")
            ),
            models.CheckConstraint(
                name="a_comparison_has_value_and_year",
                condition=Q(compared_value__isnull=True, compared_year__isnull=True)
                | Q(compared_value__isnull=False, compared_year__isnull=False),
                violation_error_message=_("A comparison needs both its value and its year."),
            ),
            models.CheckConstraint(
                name="a_number_and_its_source_have_a_year",
                condition=Q(year__range=YEARS, source_year__range=YEARS),
                violation_error_message=_("Years have four digits, such as 2016."),
            ),
            models.CheckConstraint(
                name="a_number_does_not_replace_itself",
                condition=Q(superseded_by=None) | ~Q(superseded_by=F("pk")),
                violation_error_message=_("A number can’t be replaced by itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.unit} ({self.year})"

    def get_absolute_url(self) -> str:
        """Where it stands among all numbers, with how it was counted."""
        return f"{reverse('stories:statistic_list')}#number-{self.pk}"

    @property
    def is_stale(self) -> bool:
        """Whether its source should be opened again."""
        return (self.stale_after or self.checked_on + STALE_AFTER) < _today()
