"""What happened, to whom, where, and how we know.

Countries, themes, numbers, quotes and partners are public as soon as they are entered; stories,
defenders and pages have a status and a moment (`published()`).
"""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stories import countries
from stories.publishing import Publishable, PublishedQuerySet
from stories.richtext import rich_text

PUBLISHED_HAS_A_MOMENT = Q(status="draft") | Q(published_at__isnull=False)


class Country(models.Model):
    """A country that we write about. Its name comes from the CLDR, in the reader's language."""

    code = models.CharField(
        _("ISO code"),
        max_length=2,
        primary_key=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, such as IR."))],
        help_text=_("Two letters of ISO 3166, such as IR for Iran."),
    )
    intro = models.TextField(_("introduction"), blank=True)

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


class Theme(models.Model):
    """A kind of wrong, or of work against it, with a definition that we keep to."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    definition = models.TextField(_("definition"), help_text=_("One or two sentences."))

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("theme"), _("themes")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Everything on this theme."""
        return reverse("stories:theme_detail", args=[self.slug])


class Partner(models.Model):
    """An organisation that we work with."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    url = models.URLField(_("website"))
    role = models.CharField(_("what we do together"), max_length=200)

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("partner"), _("partners")

    def __str__(self) -> str:
        return self.name


class Photo(models.Model):
    """A picture with what it shows, in words, and who made it.

    The uploaded file is never kept: `pictures.renditions` makes new files without its metadata.
    """

    image = models.ImageField(
        _("picture"), upload_to="photos", width_field="width", height_field="height"
    )
    small = models.ImageField(upload_to="photos", editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField(
        _("what is to be seen"),
        max_length=300,
        help_text=_("One sentence for those who can’t see the picture."),
    )
    credit = models.CharField(_("credit"), max_length=120, help_text=_("Who made it."))
    caption = models.CharField(_("caption"), max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("photo"), _("photos")
        constraints = [
            models.CheckConstraint(name="a_photo_has_alt_text", condition=~Q(alt="")),
            models.CheckConstraint(name="a_photo_has_a_credit", condition=~Q(credit="")),
        ]

    def __str__(self) -> str:
        return self.alt


class DefenderQuerySet(PublishedQuerySet):
    """Defenders by what can still be done for them."""

    def at_risk(self) -> "DefenderQuerySet":
        """Defenders who are alive and not yet safe."""
        return self.exclude(condition__in=[Defender.Condition.KILLED, Defender.Condition.RELEASED])

    def remembered(self) -> "DefenderQuerySet":
        """Defenders who were killed."""
        return self.filter(condition=Defender.Condition.KILLED)


class Defender(Publishable):
    """Someone who defends human rights and is persecuted for it."""

    class Condition(models.TextChoices):
        """What has become of them."""

        THREATENED = "threatened", _("Threatened")
        ON_TRIAL = "on_trial", _("On trial")
        SENTENCED = "sentenced", _("Under sentence")
        DETAINED = "detained", _("Detained")
        DISPLACED = "displaced", _("Driven from home")
        DISAPPEARED = "disappeared", _("Disappeared")
        RELEASED = "released", _("Released")
        KILLED = "killed", _("Killed")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(unique=True)
    name_original = models.CharField(
        _("name in its own script"), max_length=120, blank=True, help_text=_("Where not Latin.")
    )
    name_original_language = models.CharField(
        _("language of that name"), max_length=12, blank=True, help_text=_("Such as fa or ru.")
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
    condition_since = models.DateField(_("since"), null=True, blank=True)
    condition_confirmed_on = models.DateField(
        _("last confirmed on"), help_text=_("The date of the newest source for it.")
    )
    photo = models.ForeignKey(
        Photo,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="defenders",
        verbose_name=_("photo"),
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
    def is_remembered(self) -> bool:
        """Whether the page is a memorial: no red button, no counting of days."""
        return self.condition == self.Condition.KILLED

    def get_absolute_url(self) -> str:
        """The profile."""
        return reverse("stories:defender_detail", args=[self.slug])


class Story(Publishable):
    """News, an explanation or a statement."""

    class Kind(models.TextChoices):
        """What sort of text it is."""

        NEWS = "news", _("News")
        PROFILE = "profile", _("Profile")
        EXPLAINER = "explainer", _("Explainer")
        STATEMENT = "statement", _("Statement")

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

    def get_absolute_url(self) -> str:
        """The story's page."""
        return reverse("stories:story_detail", args=[self.slug])


class Source(models.Model):
    """Where a fact in a story or a profile comes from."""

    story = models.ForeignKey(
        Story, on_delete=models.CASCADE, null=True, blank=True, related_name="sources"
    )
    defender = models.ForeignKey(
        Defender, on_delete=models.CASCADE, null=True, blank=True, related_name="sources"
    )
    title = models.CharField(_("title"), max_length=250)
    publisher = models.CharField(_("publisher"), max_length=120)
    url = models.URLField(_("link"), blank=True, max_length=500)
    published = models.CharField(
        _("published"), max_length=20, help_text=_("Year or date, such as 2021 or 16 March 2021.")
    )

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


class Incident(models.Model):
    """One thing that was done to a defender, on a day that may be known only roughly."""

    class Precision(models.TextChoices):
        """How exactly the day is known."""

        DAY = "day", _("that day")
        MONTH = "month", _("that month")
        YEAR = "year", _("that year")

    defender = models.ForeignKey(Defender, on_delete=models.CASCADE, related_name="incidents")
    happened_on = models.DateField(_("date"))
    precision = models.CharField(
        _("known to"), max_length=5, choices=Precision, default=Precision.DAY
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

    def __str__(self) -> str:
        return f"{self.happened_on} {self.text[:60]}"

    @property
    def date_format(self) -> str:
        """How to write the date so that it says no more than is known."""
        return {"day": "j F Y", "month": "F Y", "year": "Y"}[self.precision]


class Quote(models.Model):
    """Somebody's own words, with who they were when they said them."""

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
        Story, on_delete=models.SET_NULL, null=True, blank=True, related_name="quotes"
    )
    defender = models.ForeignKey(
        Defender, on_delete=models.SET_NULL, null=True, blank=True, related_name="quotes"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("quote"), _("quotes")

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text[:60]}"


class StatisticQuerySet(models.QuerySet):
    """Numbers, and those that stand on the home page."""

    def featured(self) -> "StatisticQuerySet":
        """Numbers chosen for the home page."""
        return self.filter(is_featured=True)


class Statistic(models.Model):
    """A number that says what was counted, when, by whom, and what it compares with."""

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
    note = models.TextField(_("note"), blank=True, help_text=_("What is counted and what is not."))
    theme = models.ForeignKey(
        Theme, on_delete=models.SET_NULL, null=True, blank=True, related_name="statistics"
    )
    country = models.ForeignKey(
        Country, on_delete=models.SET_NULL, null=True, blank=True, related_name="statistics"
    )
    is_featured = models.BooleanField(_("on the home page"), default=False)

    objects = StatisticQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "pk"]
        verbose_name, verbose_name_plural = _("number"), _("numbers")
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
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.unit} ({self.year})"


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
