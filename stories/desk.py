"""What the desk does to protect people: withdrawing, consent, who needs a look."""

from collections.abc import Iterable

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stories import consent, withdrawable, withdrawal
from stories.forms import GuardedForm
from stories.models import Consent, Defender, Update, Withdrawal


class WithdrawForm(forms.Form):
    """Why, and what else the person is called."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=Withdrawal.Reason, widget=forms.RadioSelect
    )
    more_names = forms.CharField(
        label=gettext_lazy("Other names to look for"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40, "autocomplete": "off"}),
        help_text=gettext_lazy(
            "One a line: real names, nicknames, other spellings. They are used for this search "
            "and are not kept."
        ),
    )

    @property
    def choice(self) -> withdrawal.Choice:
        """What was typed and ticked, also while no reason is given."""
        names = self.data.get("more_names", "")[:2000].splitlines()
        if not self.is_bound:
            return withdrawal.Choice(names)
        # What was not offered yet, such as a text saved a moment ago, is withheld.
        keep = set(self.data.getlist("offered")) - set(self.data.getlist("withhold"))
        fates = {
            name.removeprefix("fate-"): self.data[name]
            for name in self.data
            if name.startswith("fate-")
        }
        return withdrawal.Choice(names, keep, fates)


class WithdrawingDesk:
    """To be mixed in: the page where a row is withdrawn.

    What anybody has read is withdrawn and not deleted: its address says so, and its name goes from
    other texts and from the history.
    """

    change_form_template = "admin/stories/withdrawable_change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """With the page where it is withdrawn."""
        view = self.admin_site.admin_view(self.withdraw)
        name = f"{self.opts.app_label}_{self.opts.model_name}_withdraw"
        return [path("<path:object_id>/withdraw/", view, name=name), *super().get_urls()]

    def has_withdraw_permission(self, request: HttpRequest, row: Model | None = None) -> bool:
        """Whoever may delete."""
        return super().has_delete_permission(request, row)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only what was never public."""
        moment = getattr(obj, "published_at", None)
        was_public = moment is not None and moment <= timezone.now()
        return super().has_delete_permission(request, obj) and not was_public

    def render_change_form(self, request: HttpRequest, context: dict, *args: object, **kw: object):
        """Lead to that page whoever may use it."""
        row = context.get("original")
        if row is not None and self.has_withdraw_permission(request, row) and not _is_gone(row):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_withdraw"
            context["withdraw_url"] = reverse(name, args=[row.pk])
        return super().render_change_form(request, context, *args, **kw)

    def save_model(self, request: HttpRequest, row: Model, form: object, change: bool) -> None:
        """Save; what a colleague has withdrawn meanwhile is not brought back."""
        if change and not _is_there(row):
            raise Http404
        super().save_model(request, row, form, change)

    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what would happen; by POST with a reason, do it."""
        row = self.get_object(request, object_id)
        if not self.has_withdraw_permission(request, row):
            raise PermissionDenied
        form = WithdrawForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "title": _("Withdraw"),
        }
        if row is None or _is_gone(row):
            # Withdrawn by a colleague a moment ago, or never there.
            return self._answer(request, context | {"is_gone": True})
        if request.method == "POST" and "withdraw" in request.POST and form.is_valid():
            return self._answer(request, context | self._withdraw(request, row, form))
        return self._answer(request, context | _prospect(row, form.choice))

    def _withdraw(self, request: HttpRequest, row: object, form: WithdrawForm) -> dict[str, object]:
        reason, who = form.cleaned_data["reason"], request.user.get_username()
        photo = getattr(row, "photo", None)
        gone = withdrawal.withdraw(row, reason, who, form.choice)
        if gone is None:
            return {"is_gone": True}
        return {
            "gone": gone,
            "title": _("Withdrawn"),
            "shared": _in_words(withdrawable.users(photo) if photo else []),
            "left": [place.mention for place in gone.left],
            "paths": [path for one in (gone, *gone.along) for path in one.paths],
        }

    def _answer(self, request: HttpRequest, context: dict[str, object]) -> HttpResponse:
        status = 404 if context.get("is_gone") and request.method != "POST" else 200
        template = "admin/stories/withdraw.html"
        return TemplateResponse(request, template, context, status=status)


def _prospect(row: Model, choice: withdrawal.Choice) -> dict[str, object]:
    """What the page says of what would happen, with what an editor has chosen so far."""
    seen = withdrawal.outlook(row, choice.more_names)
    companions = [(one, choice.fates.get(one.key, one.fates[0])) for one in seen.companions]
    # What goes along loses its words anyway.
    along = [one.row for one, fate in companions if fate == withdrawable.WITHDRAW]
    places = [place for place in seen.places if place.text not in along]
    by_machine = [place for place in places if place.value is not None]
    return {
        "row": row,
        "going": _in_words(seen.going),
        "leaves": _in_words(seen.leaves),
        "shared": _in_words(row for row in seen.shared if row not in along),
        "companions": companions,
        "places": [(place, place.key not in choice.keep) for place in by_machine],
        "by_hand": [place.mention for place in places if place.value is None],
    }


def _in_words(rows: Iterable[Model]) -> list[str]:
    return [f"{row._meta.verbose_name}: {row}" for row in rows]


def _is_gone(row: Model) -> bool:
    return withdrawable.WAYS[type(row)].is_gone(row)


def _is_there(row: Model) -> bool:
    # Locked, so that nobody withdraws it between this and the saving.
    held = type(row)._base_manager.select_for_update().filter(pk=row.pk).first()
    return held is not None and not _is_gone(held)


@admin.register(Update)
class UpdateDesk(WithdrawingDesk, admin.ModelAdmin):
    """Updates of stories and profiles, which are written there; here they can be withdrawn."""

    list_display = ["title", "made_on", "story", "defender"]
    list_select_related = ["story", "defender"]
    search_fields = ["title"]
    readonly_fields = fields = ["title", "made_on", "story", "defender", "text"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only with the text that they belong to."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Update | None = None) -> bool:
        """Only there."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Update | None = None) -> bool:
        """They are withdrawn."""
        return False


@admin.register(Withdrawal)
class WithdrawalAdmin(admin.ModelAdmin):
    """What was withdrawn when and why. Nothing here says who it was, and nothing can be changed."""

    list_display = ["kind", "number", "withdrawn_on", "reason", "was_public"]
    list_display_links = None
    list_filter = ["kind", "reason"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only by withdrawing."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Withdrawal | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Withdrawal | None = None) -> bool:
        """Nobody: the address would say “no such page” again, and a backup bring it back."""
        return False


class ConsentFormSet(forms.BaseInlineFormSet):
    """The consents of one person, which decide whether a profile may be published."""

    def clean(self) -> None:
        """Refuse to publish anew what nobody agrees to; what is public can still be corrected."""
        super().clean()
        if any(self.errors) or not self._publishes_anew():
            return
        deleted = self.deleted_forms
        rows = [form.instance for form in self.forms if form not in deleted]
        entered = [row for row in rows if row.given_on]
        if sentence := consent.refusal(self.instance, entered):
            raise forms.ValidationError(sentence)

    def _publishes_anew(self) -> bool:
        published = Defender.PublicationStatus.PUBLISHED
        if self.instance.status != published:
            return False
        return not Defender.objects.filter(pk=self.instance.pk, status=published).exists()


class ConsentInline(admin.StackedInline):
    """Consents, for editors only."""

    model = Consent
    form = GuardedForm
    formset = ConsentFormSet
    extra = 0
    fields = [
        ("given_by", "given_on"),
        ("covers_name", "covers_face", "covers_voice", "covers_story", "covers_place"),
        ("until", "withdrawn_on"),
        "kept_at",
    ]


class NeedsALook(admin.SimpleListFilter):
    """Whom editors should look at."""

    title = gettext_lazy("needs a look")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple]:
        """Two lists."""
        return [
            ("due", gettext_lazy("to be checked: the page says so")),
            ("consent", gettext_lazy("without a consent that holds")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Defender]) -> QuerySet[Defender]:
        """Those of the chosen list."""
        chosen = {"due": Defender.objects.due, "consent": Defender.objects.without_consent}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(pk__in=chosen[self.value()]().values("pk"))
