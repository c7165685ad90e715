"""The editors' desk: stories, people, places, numbers. Pictures are in `photo_desk.py`."""

from django.contrib import admin
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stories import guarded_names, search  # noqa: F401  a desk of its own
from stories.desk import ConsentInline, NeedsALook, WithdrawingDesk
from stories.forms import GuardedForm, PageForm, PublishableForm
from stories.models import (
    Correction,
    Country,
    Defender,
    Incident,
    Page,
    Partner,
    Quote,
    Source,
    Statistic,
    Story,
    Theme,
    Update,
)
from stories.photo_desk import PhotoAdmin
from stories.translation_desk import TranslatingDesk

__all__ = ["PUBLISHING", "PhotoAdmin", "PublishableAdmin"]

# An address without a scheme is taken for https; Django 6.0 will do so by itself.
URLS = {models.URLField: {"widget": AdminURLFieldWidget, "assume_scheme": "https"}}
PUBLISHING = (_("Publishing"), {"fields": [("status", "published_at")]})
PUBLISHING_AND_VISIBILITY = (
    _("Publishing"),
    {"fields": [("status", "published_at"), "visibility"]},
)


class FoundByReaders(admin.ModelAdmin):
    """Rows that the site's search finds: what is saved here is found at once."""

    def save_related(self, request: HttpRequest, form: object, formsets: object, change: bool):
        """Write the row's search entry once all that belongs to it is saved."""
        super().save_related(request, form, formsets, change)
        search.index(form.instance)

    def delete_model(self, request: HttpRequest, row: Model) -> None:
        """Delete, and leave nothing of it in the index."""
        search.forget(row)
        super().delete_model(request, row)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete several, and leave nothing of them in the index."""
        for row in queryset:
            search.forget(row)
        super().delete_queryset(request, queryset)


class PublishableAdmin(admin.ModelAdmin):
    """What stories, profiles, pages and petitions have in common on the desk."""

    form = PublishableForm
    list_filter = ["status"]
    date_hierarchy = "published_at"
    save_on_top = True

    def view_on_site(self, row: Model) -> str | None:
        """A link to the page, where there is one to see."""
        is_public = type(row).objects.published().filter(pk=row.pk).exists()
        return row.get_absolute_url() if is_public else None


class SourceInline(admin.StackedInline):
    """Sources, entered where they are used."""

    form = GuardedForm
    formfield_overrides = URLS
    model = Source
    extra = 1
    fields = [
        ("title", "publisher"),
        ("published", "opened_on", "is_withheld"),
        ("url", "archive_url"),
    ]


class UpdateInline(admin.StackedInline):
    """What is new since."""

    form = GuardedForm
    model = Update
    extra = 0
    fields = ["made_on", "title", "text"]


class CorrectionInline(admin.TabularInline):
    """What was wrong, said in public."""

    form = GuardedForm
    model = Correction
    extra = 0
    fields = ["made_on", "text"]


class QuoteInline(admin.StackedInline):
    """Quotes, entered where they are used."""

    form = GuardedForm
    formfield_overrides = URLS
    model = Quote
    extra = 0
    fields = [
        ("text", "language"),
        "translation",
        ("speaker", "role", "organisation"),
        "said_on",
        ("source_name", "source_url"),
    ]


class IncidentInline(admin.StackedInline):
    """What was done to a defender, in time."""

    form = GuardedForm
    model = Incident
    extra = 0
    fields = [
        ("happened_on", "precision", "ended_on"),
        ("violation", "perpetrator"),
        ("place", "verification"),
        "text",
        "source",
    ]

    def get_formset(self, request: HttpRequest, obj: Defender | None = None, **kwargs: object):
        """Offer only the sources of this very profile."""
        formset = super().get_formset(request, obj, **kwargs)
        own = Source.objects.filter(defender=obj) if obj else Source.objects.none()
        formset.form.base_fields["source"].queryset = own
        return formset


@admin.register(Story)
class StoryAdmin(WithdrawingDesk, TranslatingDesk, FoundByReaders, PublishableAdmin):
    """News, explanations, statements."""

    list_display = ["title", "kind", "status", "published_at"]
    list_filter = ["status", "kind", "language", "checked_on", "countries", "themes"]
    search_fields = ["title", "kicker", "summary"]
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["photo", "countries", "themes", "defenders"]
    inlines = [UpdateInline, QuoteInline, SourceInline, CorrectionInline]
    fieldsets = [
        (
            _("Text"),
            {
                "fields": [
                    "kicker",
                    "title",
                    "summary",
                    "body",
                    "content_note",
                    ("byline", "checked_on"),
                ]
            },
        ),
        (_("Picture"), {"fields": ["photo"]}),
        (_("Who, where and what"), {"fields": ["defenders", "countries", "themes"]}),
        (pgettext_lazy("of the page", "Address"), {"fields": [("slug", "kind", "language")]}),
        PUBLISHING_AND_VISIBILITY,
    ]


@admin.register(Defender)
class DefenderAdmin(WithdrawingDesk, TranslatingDesk, FoundByReaders, PublishableAdmin):
    """Profiles."""

    list_display = ["name", "country", "condition", "condition_confirmed_on", "status"]
    list_filter = ["status", NeedsALook, "risk_level", "condition", "kind", "country"]
    search_fields = ["name", "name_original", "other_names", "summary"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["photo", "country", "themes"]
    inlines = [
        UpdateInline,
        SourceInline,
        IncidentInline,
        QuoteInline,
        CorrectionInline,
        ConsentInline,
    ]
    fieldsets = [
        (
            _("Who"),
            {
                "fields": [
                    "kind",
                    ("name", "is_pseudonym"),
                    ("name_original", "name_original_language"),
                    "other_names",
                    ("occupation", "organisation"),
                    "country",
                    "themes",
                ]
            },
        ),
        (
            _("Condition"),
            {
                "fields": [
                    "condition",
                    ("condition_since", "condition_since_precision"),
                    ("condition_confirmed_on", "condition_source"),
                ]
            },
        ),
        (_("Text"), {"fields": ["summary", "what_they_defend", "what_happened", "story"]}),
        (_("Picture"), {"fields": ["photo"]}),
        (_("Safety, for editors only"), {"fields": [("risk_level", "review_by")]}),
        (pgettext_lazy("of the page", "Address"), {"fields": ["slug"]}),
        PUBLISHING_AND_VISIBILITY,
    ]

    def get_form(self, request: HttpRequest, obj: Defender | None = None, **kwargs: object):
        """Offer only the sources of this very profile, and of them those that readers see."""
        form = super().get_form(request, obj, **kwargs)
        own = Source.objects.shown().filter(defender=obj) if obj else Source.objects.none()
        if "condition_source" in form.base_fields:  # not where somebody may only look
            form.base_fields["condition_source"].queryset = own
        return form


@admin.register(Page)
class PageAdmin(WithdrawingDesk, TranslatingDesk, PublishableAdmin):
    """About, get involved, privacy, contact."""

    form = PageForm
    list_display = ["title", "slug", "is_in_menu", "position", "status"]
    # Other pages of the site lead there, and a withdrawn address is not given again.
    needed = ("home", "privacy", "get-involved")
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (_("Text"), {"fields": ["title", "summary", "body"]}),
        (pgettext_lazy("of the page", "Address"), {"fields": ["slug", ("is_in_menu", "position")]}),
        PUBLISHING,
    ]

    def has_withdraw_permission(self, request: HttpRequest, row: Page | None = None) -> bool:
        """Not those that the site needs: their words can be changed."""
        is_needed = row is not None and row.slug in self.needed
        return super().has_withdraw_permission(request, row) and not is_needed


@admin.register(Country)
class CountryAdmin(TranslatingDesk, FoundByReaders):
    """Countries."""

    form = GuardedForm
    list_display = ["code", "name"]
    search_fields = ["code", "intro"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find a country by its name too, which is not in the database."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        term = search_term.casefold()
        codes = [country.code for country in queryset if term in country.name.casefold()]
        return found | queryset.filter(code__in=codes), has_duplicates


@admin.register(Theme)
class ThemeAdmin(TranslatingDesk, FoundByReaders):
    """Themes."""

    form = GuardedForm
    list_display = ["name", "definition"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Partner)
class PartnerAdmin(TranslatingDesk):
    """Partners."""

    form = GuardedForm
    formfield_overrides = URLS
    list_display = ["name", "role"]
    search_fields = ["name"]


class Memory(admin.SimpleListFilter):
    """Numbers that somebody should look at again, and those that were replaced."""

    title, parameter_name = _("memory"), "memory"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple]:
        """What can be asked for."""
        return [("stale", _("to be checked again")), ("replaced", _("replaced by a newer one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The numbers that are meant."""
        if self.value() == "stale":
            return queryset.stale(timezone.now().date())
        if self.value() == "replaced":
            return queryset.exclude(superseded_by=None)
        return queryset


@admin.register(Statistic)
class StatisticAdmin(TranslatingDesk):
    """Numbers with their sources."""

    form = GuardedForm
    formfield_overrides = URLS
    list_display = ["label", "qualifier", "value", "unit", "year", "checked_on", "is_featured"]
    list_filter = [Memory, "is_featured", "theme", "year"]
    search_fields = ["label", "source_name"]
    autocomplete_fields = ["theme", "country", "superseded_by"]
    fieldsets = [
        (
            _("What was counted"),
            {"fields": [("qualifier", "value", "unit"), "label", ("scope", "year"), "note"]},
        ),
        (_("Compares with"), {"fields": [("compared_value", "compared_year")]}),
        (_("Source"), {"fields": ["source_name", ("source_url", "source_year"), "archive_url"]}),
        (_("Memory"), {"fields": [("checked_on", "stale_after"), "superseded_by"]}),
        (_("Where it is shown"), {"fields": ["theme", "country", "is_featured"]}),
    ]


@admin.register(Quote)
class QuoteAdmin(TranslatingDesk):
    """Quotes."""

    form = GuardedForm
    formfield_overrides = URLS
    list_display = ["speaker", "text", "said_on", "story", "defender"]
    search_fields = ["speaker", "text"]
    autocomplete_fields = ["story", "defender"]
