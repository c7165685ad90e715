"""What happened, to whom and where.

How we know is in `evidence.py`, what came after in `changes.py`, what is said of a condition in
`condition.py`, pictures in `photos.py`, what protects people in `protection.py`.

Countries, themes, numbers, quotes and partners are public as soon as they are entered; stories,
defenders and pages have a status and a moment (`published()`).
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stories import countries
from stories.changes import Correction, Update
from stories.condition import CONFIRMED_FOR, DEAD, WithCondition
from stories.entry import SearchEntry
from stories.evidence import Incident, Precision, Quote, Source, Statistic
from stories.photos import Photo
from stories.protection import Consent, GuardedName, Withdrawal
from stories.publishing import Publishable, PublishedQuerySet, WithVisibility
from stories.richtext import rich_text
from stories.translations import Translatable, Translation

__all__ = [
    "PUBLISHED_HAS_A_MOMENT",
    "Consent",
    "Correction",
    "Country",
    "Defender",
    "GuardedName",
    "Incident",
    "Page",
    "Partner",
    "Photo",
    "Precision",
    "Quote",
    "SearchEntry",
    "Source",
    "Statistic",
    "Story",
    "Theme",
    "Translation",
    "Update",
    "Withdrawal",
]

# Then a reader is told so at the top: courts have ruled, people have moved, links have died.
OLD_AFTER = timedelta(days=730)
PUBLISHED_HAS_A_MOMENT = Q(status="draft") | Q(published_at__isnull=False)


def _is_a_country(code: str) -> None:
    if not countries.is_known(code):
        raise ValidationError(_("No country has this code. It is two capital letters, such as IR."))


class Country(Translatable):
    """A country that we write about. Its name comes from the CLDR, in the reader's language."""

    translated_fields = ("intro", "boundary_note")

    code = models.CharField(
        _("ISO code"),
        max_length=2,
        primary_key=True,
        validators=[_is_a_country],
        help_text=_("Two letters of ISO 3166, such as IR for Iran."),
    )
    intro = models.TextField(_("introduction"), blank=True)
    boundary_note = models.CharField(
        _("note on its borders"),
        max_length=250,
        blank=True,
        help_text=_("One sentence, where a border on the map is disputed."),
    )

    class Meta:
        ordering = ["code"]
        verbose_name, verbose_name_plural = _("country"), _("countries")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Everything on this country."""
        return reverse("stories:country_detail", args=[self.code.lower()])

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return countries.name(self.code)


class Theme(Translatable):
    """A kind of wrong, or of work against it, with a definition that we keep to."""

    translated_fields = ("name", "definition", "method")
    main_text = "definition"

    slug = models.SlugField(unique=True)
    name = models.CharField(pgettext_lazy("of a theme", "name"), max_length=80, unique=True)
    definition = models.TextField(_("definition"), help_text=_("One or two sentences."))
    method = models.TextField(
        _("how we count"), blank=True, help_text=_("What is counted here, and what is not.")
    )

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("theme"), _("themes")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Everything on this theme."""
        return reverse("stories:theme_detail", args=[self.slug])


class Partner(Translatable):
    """An organisation that we work with."""

    translated_fields = ("role",)

    name = models.CharField(pgettext_lazy("organisation", "name"), max_length=120, unique=True)
    url = models.URLField(_("website"))
    role = models.CharField(_("what we do together"), max_length=200)

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("partner"), _("partners")

    def __str__(self) -> str:
        return self.name


class DefenderQuerySet(PublishedQuerySet):
    """Defenders by what can still be done for them."""

    def at_risk(self) -> "DefenderQuerySet":
        """Defenders who are alive and not yet safe."""
        return self.exclude(condition__in=[*DEAD, Defender.Condition.RELEASED])

    def alive(self) -> "DefenderQuerySet":
        """Defenders who are not remembered, whatever else is known of them."""
        return self.exclude(condition__in=DEAD)

    def remembered(self) -> "DefenderQuerySet":
        """Defenders who are dead."""
        return self.filter(condition__in=DEAD)

    def for_card(self) -> "DefenderQuerySet":
        """With what a card shows, so that a list asks no more for each."""
        return self.select_related("country").with_photo()

    def due(self) -> "DefenderQuerySet":
        """Published profiles that somebody should look at: see `is_being_checked`."""
        today = timezone.now().date()
        is_old = Q(condition_confirmed_on__lt=today - CONFIRMED_FOR)
        is_due = Q(review_by__lt=today) | is_old & ~Q(condition__in=DEAD)
        return self.published().filter(is_due)

    def without_consent(self) -> "DefenderQuerySet":
        """Those whose consents have all ended, and hidden people without one. Drafts too."""
        in_force = Consent.objects.in_force(timezone.now().date())
        needs_one = Q(consents__isnull=False) | Q(risk_level=Defender.Risk.HIDDEN)
        return self.filter(needs_one).exclude(consents__in=in_force).distinct()


class Defender(WithCondition, Publishable, WithVisibility):
    """Someone who defends human rights and is persecuted for it."""

    translated_fields = (
        "name",
        "occupation",
        "organisation",
        "summary",
        "what_they_defend",
        "what_happened",
        "story",
    )
    main_text = "what_happened"

    class Condition(models.TextChoices):
        """What has become of them."""

        THREATENED = "threatened", _("Threatened")
        ON_TRIAL = "on_trial", _("On trial")
        SENTENCED = "sentenced", _("Under sentence")
        DETAINED = "detained", _("Detained")
        DISPLACED = "displaced", _("Driven from home")
        DISAPPEARED = "disappeared", _("Disappeared")
        RELEASED = "released", _("Released")
        UNKNOWN = "unknown", _("Fate unknown")
        KILLED = "killed", _("Killed")
        DIED = "died", _("Died")

    class Kind(models.TextChoices):
        """Whether the profile is of one or of many."""

        PERSON = "person", _("person")
        GROUP = "group", _("group")
        ORGANISATION = "organisation", _("organisation")
        COMMUNITY = "community", _("community")

    class Risk(models.TextChoices):
        """How well known they are where it is dangerous. For editors only."""

        PUBLIC = "public", _("public figure")
        LOCAL = "local", _("known locally")
        HIDDEN = "hidden", _("hidden")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(pgettext_lazy("of a person or group", "name"), max_length=120)
    slug = models.SlugField(unique=True)
    is_pseudonym = models.BooleanField(
        _("name changed for safety"), default=False, help_text=_("The page says so.")
    )
    name_original = models.CharField(
        _("name in its own script"), max_length=120, blank=True, help_text=_("Where not Latin.")
    )
    name_original_language = models.CharField(
        _("language of that name"), max_length=12, blank=True, help_text=_("Such as fa or ru.")
    )
    other_names = models.TextField(
        _("also written"),
        blank=True,
        max_length=400,
        help_text=_("Other spellings in public use, one a line. Search finds them."),
    )
    occupation = models.CharField(_("occupation"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    country = models.ForeignKey(
        Country,
        on_delete=models.PROTECT,
        related_name="defenders",
        verbose_name=_("country of their work"),
    )
    themes = models.ManyToManyField(Theme, blank=True, related_name="defenders")
    summary = models.CharField(
        _("summary"), max_length=200, help_text=_("A complete sentence for lists and previews.")
    )
    what_they_defend = models.TextField(_("what they defend"))
    what_happened = models.TextField(_("what happened to them"))
    story = rich_text(_("story"), blank=True)
    condition = models.CharField(_("condition"), max_length=12, choices=Condition)
    condition_since = models.DateField(pgettext_lazy("condition", "since"), null=True, blank=True)
    condition_since_precision = models.CharField(
        _("known to"), max_length=5, choices=Precision, default=Precision.DAY
    )
    condition_confirmed_on = models.DateField(
        _("last confirmed on"), help_text=_("The date of the newest source for it.")
    )
    condition_source = models.ForeignKey(
        Source,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conditions",
        verbose_name=_("confirmed by"),
        help_text=_("One of the sources below. Save the profile first, then choose."),
    )
    photo = models.ForeignKey(
        Photo,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="defenders",
        verbose_name=_("photo"),
    )
    # For editors only: no page shows these two.
    risk_level = models.CharField(
        _("risk"),
        max_length=6,
        choices=Risk,
        blank=True,
        help_text=_("Somebody hidden is published only with a consent that holds."),
    )
    review_by = models.DateField(
        _("look at it again by"),
        null=True,
        blank=True,
        help_text=_("From the day after, the page says that it is being checked."),
    )

    objects = DefenderQuerySet.as_manager()

    class Meta:
        ordering = ["-condition_confirmed_on", "name"]
        verbose_name, verbose_name_plural = _("defender"), _("defenders")
        constraints = [
            models.CheckConstraint(
                name="a_published_defender_has_a_moment", condition=PUBLISHED_HAS_A_MOMENT
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_one_person(self) -> bool:
        """Whether the profile is of one human being."""
        return self.kind == self.Kind.PERSON

    @property
    def other_name_list(self) -> list[str]:
        """The other spellings, one by one."""
        return [name.strip() for name in self.other_names.splitlines() if name.strip()]

    def get_absolute_url(self) -> str:
        """The profile."""
        return reverse("stories:defender_detail", args=[self.slug])


class Story(Publishable, WithVisibility):
    """News, an explanation or a statement."""

    translated_fields = ("kicker", "title", "summary", "content_note", "byline", "body")
    main_text = "body"

    class Kind(models.TextChoices):
        """What sort of text it is."""

        NEWS = "news", pgettext_lazy("kind of story", "News")
        PROFILE = "profile", _("Profile")
        EXPLAINER = "explainer", _("Explainer")
        CAMPAIGN = "campaign", _("Campaign")
        STATEMENT = "statement", _("Statement")
        OUTCOME = "outcome", _("Outcome")

    kicker = models.CharField(
        _("line above the title"),
        max_length=60,
        blank=True,
        help_text=_("Such as the name of a campaign. Without one, the kind stands there."),
    )
    title = models.CharField(_("title"), max_length=160)
    slug = models.SlugField(unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.NEWS)
    language = models.CharField(
        _("language"), max_length=12, default="en", help_text=_("Such as en or fa.")
    )
    summary = models.CharField(
        _("summary"), max_length=250, help_text=_("Complete sentences for lists and previews.")
    )
    byline = models.CharField(
        _("byline"),
        max_length=120,
        default=_("The editors"),
        help_text=_("“The editors” protects whoever wrote it."),
    )
    body = rich_text(_("text"))
    content_note = models.CharField(
        _("content note"),
        max_length=200,
        blank=True,
        help_text=_("Warns before the text begins, such as: “This story describes torture.”"),
    )
    photo = models.ForeignKey(
        Photo,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stories",
        verbose_name=_("photo"),
    )
    countries = models.ManyToManyField(Country, blank=True, related_name="stories")
    themes = models.ManyToManyField(Theme, blank=True, related_name="stories")
    defenders = models.ManyToManyField(Defender, blank=True, related_name="stories")
    checked_on = models.DateField(
        _("last checked on"),
        null=True,
        blank=True,
        help_text=_("When somebody last went through all of it. Readers see the day."),
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name, verbose_name_plural = _("story"), _("stories")
        constraints = [
            models.CheckConstraint(
                name="a_published_story_has_a_moment", condition=PUBLISHED_HAS_A_MOMENT
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_old(self) -> bool:
        """Whether so much time has passed that readers should be told."""
        return self.published_at is not None and self.published_at < timezone.now() - OLD_AFTER

    def get_absolute_url(self) -> str:
        """The story's page."""
        return reverse("stories:story_detail", args=[self.slug])


class PageQuerySet(PublishedQuerySet):
    """Pages that editors write."""

    def in_menu(self) -> "PageQuerySet":
        """Pages named in the menu, in its order."""
        return self.filter(is_in_menu=True)


class Page(Publishable):
    """A text of the site itself: about, get involved, privacy, contact.

    The page with the slug `home` has no address of its own: its title and summary say on the home
    page who we are.
    """

    translated_fields = ("title", "summary", "body")
    main_text = "body"

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(unique=True)
    summary = models.CharField(_("summary"), max_length=300)
    body = rich_text(_("text"), blank=True)
    is_in_menu = models.BooleanField(_("in the menu"), default=False)
    position = models.PositiveSmallIntegerField(_("position in the menu"), default=0)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "title"]
        verbose_name, verbose_name_plural = _("page"), _("pages")
        constraints = [
            models.CheckConstraint(
                name="a_published_page_has_a_moment", condition=PUBLISHED_HAS_A_MOMENT
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page."""
        return reverse("stories:page_detail", args=[self.slug])
