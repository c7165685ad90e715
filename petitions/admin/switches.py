"""The switches for a bad night, on one page of the editors' desk."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from petitions import switches
from petitions.admin.logged import LoggedAdmin
from petitions.models.switches import ONLY, Switches
from stories.forms import GuardedForm
from stories.locales import direction

LONGEST_BANNER_CHARACTERS = 300
_PREFIX = "banner_"


def _banner_field(code: str) -> forms.CharField:
    attributes = {"rows": 2, "lang": code, "dir": direction(code)}
    return forms.CharField(
        required=False,
        max_length=LONGEST_BANNER_CHARACTERS,
        widget=AdminTextareaWidget(attrs=attributes),
    )


_LANGUAGES = [code for code, _name in settings.LANGUAGES]
# Declared, so that the desk knows the fields by their names.
_WithBanner = type(GuardedForm)(
    "_WithBanner", (GuardedForm,), {f"{_PREFIX}{code}": _banner_field(code) for code in _LANGUAGES}
)


class SwitchesForm(_WithBanner):
    """The switches, and the banner's words in each language."""

    class Meta:
        model = Switches
        fields = [
            *("is_signing_paused", "live_count_seconds", "hides_drawings", "is_read_only"),
            *("banner_level", "banner_until"),
        ]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            words = self.instance.banner_words.get(code, "")
            self.fields[f"{_PREFIX}{code}"].initial = words
            self.fields[f"{_PREFIX}{code}"].label = name

    def clean(self) -> dict[str, object]:
        """Bring the languages together, without those that have no words."""
        data = super().clean()
        words = {code: data.get(f"{_PREFIX}{code}", "") for code in _LANGUAGES}
        # On one line: whoever presses “Enter” means a new sentence.
        words = {code: " ".join(text.split()) for code, text in words.items()}
        self.instance.banner_words = {code: text for code, text in words.items() if text}
        return data


@admin.register(Switches)
class SwitchesAdmin(LoggedAdmin, admin.ModelAdmin):
    """One row: its list leads to it."""

    form = SwitchesForm
    fieldsets = [
        (None, {"fields": ["is_signing_paused", "live_count_seconds", "hides_drawings"]}),
        (
            gettext_lazy("A banner above every page"),
            {
                "description": gettext_lazy(
                    "Plain words, no links. A language that you leave empty shows the banner in "
                    "English. It stands on every page until you empty all of them, or until its "
                    "day is over."
                ),
                "fields": [
                    *(f"{_PREFIX}{code}" for code in _LANGUAGES),
                    *("banner_level", "banner_until"),
                ],
            },
        ),
        (gettext_lazy("To move the database"), {"fields": ["is_read_only"]}),
    ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Straight to the switches."""
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        is_there = Switches.objects.filter(pk=ONLY).exists()
        name = "change" if is_there else "add"
        arguments = [ONLY] if is_there else []
        return HttpResponseRedirect(reverse(f"admin:petitions_switches_{name}", args=arguments))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, object], **others: object
    ) -> HttpResponse:
        """With one button: there is no second row, and whoever saves stays here anyway."""
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, **others)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may change them may be the first to."""
        return self.has_change_permission(request) and not Switches.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Switches | None = None) -> bool:
        """Nobody: a switch is turned off, not deleted."""
        return False

    def save_model(
        self, request: HttpRequest, row: Switches, form: SwitchesForm, change: bool
    ) -> None:
        """Save the one row; this process knows at once, the others within seconds."""
        row.pk = ONLY
        super().save_model(request, row, form, change)
        switches.forget()

    def response_change(self, request: HttpRequest, obj: Switches) -> HttpResponse:
        """Say that it is in force, and stay here: there is nothing else to go to."""
        return self._stay(request)

    def response_add(
        self, request: HttpRequest, obj: Switches, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The same."""
        return self._stay(request)

    def _stay(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, _("Saved. Readers see it within five seconds."))
        return HttpResponseRedirect(reverse("admin:petitions_switches_change", args=[ONLY]))

    def _record(self, request: HttpRequest, act: str, row: Switches, **facts: object) -> None:
        # For switches the log has to say which way: what is on from now on.
        super()._record(request, act, row, **facts, on=row.on)
