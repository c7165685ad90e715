"""Petitions on the editors' desk."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from petitions import opening, sealing
from petitions.admin import review
from petitions.admin.logged import LoggedAdmin
from petitions.admin.names import NamesDesk
from petitions.models import Demand, Destruction, Milestone, Petition
from stories import countries
from stories.admin import PUBLISHING_AND_VISIBILITY, FoundByReaders, PublishableAdmin
from stories.desk import WithdrawingDesk
from stories.forms import GuardedForm, PublishableForm
from stories.templatetags.numbers import grouped
from stories.translation_desk import TranslatingDesk


class PetitionForm(PublishableForm):
    """What an editor may say of a petition."""

    countries_at_risk = forms.TypedMultipleChoiceField(
        label=_("countries at risk"),
        required=False,
        choices=countries.choices,
        empty_value=[],
        widget=FilteredSelectMultiple(_("countries at risk"), is_stacked=False),
        help_text=_("Whoever signs from there is advised to be counted only."),
    )

    def clean_retention_days(self) -> int:
        """Refuse to keep names longer than signers were told."""
        days, told = self.cleaned_data["retention_days"], self.initial.get("retention_days")
        if self.instance.status == self.instance.PublicationStatus.PUBLISHED and days > told:
            raise ValidationError(
                _("Signers were told %(told)s days. To keep names longer, postpone it in public."),
                params={"told": grouped(told)},
            )
        return days

    def clean_closes_at(self) -> datetime | None:
        """Refuse to open a petition again whose keys are destroyed."""
        closes_at = self.cleaned_data["closes_at"]
        is_open = not closes_at or closes_at > timezone.now()
        if is_open and Destruction.objects.filter(petition=self.instance.pk).exists():
            raise ValidationError(_("Its keys and names are destroyed: open a new petition."))
        return closes_at

    def clean(self) -> dict[str, object]:
        """Refuse an outcome before the end, and an opening without keys."""
        data = super().clean()
        if data.get("outcome"):
            closes_at = data.get("closes_at")
            if not closes_at or closes_at > timezone.now():
                self.add_error("closes_at", _("A petition with an outcome has closed: say when."))
        if sealing.missing_keys():
            raise ValidationError(_("Signatures could not be sealed: keys are missing here."))
        return data


class DemandInline(admin.TabularInline):
    """What is asked, of whom."""

    form = GuardedForm
    model = Demand
    extra = 1


class MilestoneInline(admin.TabularInline):
    """Numbers to reach."""

    form = GuardedForm
    model = Milestone
    extra = 1
    readonly_fields = ["reached_on"]


@admin.register(Petition)
class PetitionAdmin(
    WithdrawingDesk, LoggedAdmin, NamesDesk, TranslatingDesk, FoundByReaders, PublishableAdmin
):
    """Petitions."""

    form = PetitionForm
    list_display = ["title", "signatures", "closes_at", "outcome", "status", "review"]
    list_filter = ["status", "outcome"]
    search_fields = ["title", "summary"]
    prepopulated_fields = {"slug": ["short_title"]}
    autocomplete_fields = ["photo", "countries", "themes", "defenders", "stories", "partners"]
    inlines = [DemandInline, MilestoneInline]
    fieldsets = [
        (_("The ask"), {"fields": ["title", "short_title", "summary", "text", "photo"]}),
        (_("Occasion"), {"fields": ["occasion", ("occasion_on", "occasion_place")]}),
        (
            _("Who, where and what"),
            {"fields": ["defenders", "stories", "countries", "themes", "partners"]},
        ),
        (
            _("Signing"),
            {"fields": ["takes_names", "shows_names", "holds_throwaway", "countries_at_risk"]},
        ),
        (_("End"), {"fields": ["closes_at", "outcome", "result"]}),
        (
            _("Destruction of names"),
            {"fields": ["retention_days", ("postponed_until", "postponed_because")]},
        ),
        (pgettext_lazy("of the page", "Address"), {"fields": ["slug"]}),
        PUBLISHING_AND_VISIBILITY,
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Petition]:
        """With tallies, which the list shows."""
        return super().get_queryset(request).select_related("tally")

    def get_urls(self) -> list[URLPattern]:
        """With the review of each petition's signatures."""
        return [*review.urls(self.admin_site), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Petition | None = None) -> bool:
        """Nobody changes one that was withdrawn, or publishes it again."""
        is_withdrawn = obj is not None and obj.is_withdrawn
        return super().has_change_permission(request, obj) and not is_withdrawn

    def save_model(
        self, request: HttpRequest, petition: Petition, form: PetitionForm, change: bool
    ) -> None:
        """Give it its keys before it can be published."""
        opening.give_keys(petition)
        super().save_model(request, petition, form, change)

    @admin.display(description=_("signatures"))
    def signatures(self, petition: Petition) -> int:
        """The tally."""
        return petition.signature_count

    @admin.display(description=_("robots?"))
    def review(self, petition: Petition) -> str:
        """A link to the review of its signatures."""
        url = reverse("admin:petition_review", args=[petition.pk])
        return format_html('<a href="{}">{}</a>', url, _("Review"))
