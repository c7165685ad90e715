"""The desk of the names that must never be published: entered once, shown never."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from stories import locking, nameguard
from stories.forms import GuardedForm
from stories.models import GuardedName
from stories.namesearch import Matcher
from stories.templatetags.numbers import grouped


class NewNameForm(GuardedForm):
    """A name to be guarded from now on. A name that the list covers already is refused."""

    name = forms.CharField(
        label=pgettext_lazy("to be guarded", "name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text=gettext_lazy(
            "A real name, a nickname, a village, a school. Other spellings, orders and alphabets "
            "are found too; where endings change (“Ivana” for “Ivan”), enter each. Once saved, "
            "nobody can read it here, you neither."
        ),
    )

    class Meta:
        model = GuardedName
        fields = ["name", "note"]

    def clean_name(self) -> str:
        """Refuse what would be found in every text."""
        name = " ".join(self.cleaned_data["name"].split())
        if nameguard.is_too_short(name):
            raise forms.ValidationError(_("This is too short: it would be found everywhere."))
        return name

    def clean(self) -> dict[str, object]:
        """Refuse a note that tells the name, and lock the name."""
        data = super().clean()
        name = data.get("name")
        if not name:
            return data
        if Matcher([name]).find(data.get("note") or ""):
            self.add_error("note", _("The note tells the name. Everybody on the desk reads it."))
        try:
            self.instance.locked_name = locking.lock(name)
        except locking.Locked:
            raise forms.ValidationError(_("It could not be locked: the key is missing.")) from None
        return data


@admin.register(GuardedName)
class GuardedNameAdmin(admin.ModelAdmin):
    """Names that must never be published."""

    form = GuardedForm
    list_display = ["number", "note", "made_on"]
    change_list_template = "admin/stories/guardedname_list.html"

    def get_form(self, request: HttpRequest, obj: GuardedName | None = None, **kwargs: object):
        """A name can be entered, and never be seen or changed."""
        if obj is None:
            return NewNameForm
        return super().get_form(request, obj, **kwargs | {"fields": ["note"]})

    def get_fields(self, request: HttpRequest, obj: GuardedName | None = None) -> list[str]:
        """Without the name once it is there."""
        return ["number", "note", "made_on"] if obj else ["name", "note"]

    def get_readonly_fields(self, request: HttpRequest, obj: GuardedName | None = None):
        """All but the note."""
        return ["number", "made_on"] if obj else []

    def get_urls(self) -> list[URLPattern]:
        """With the page that says where they stand."""
        view = self.admin_site.admin_view(self.where)
        return [path("where/", view, name="stories_guardedname_where"), *super().get_urls()]

    def save_model(
        self, request: HttpRequest, row: GuardedName, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and say whether the name stands on the site already."""
        super().save_model(request, row, form, change)
        if not change and (count := len(nameguard.stored([row]))):
            words = ngettext(
                "It stands in one place already.", "It stands in %(count)s places already.", count
            )
            link = reverse("admin:stories_guardedname_where")
            sentence = format_html(
                '{} <a href="{}">{}</a>', words % {"count": grouped(count)}, link, _("See where")
            )
            self.message_user(request, sentence, messages.WARNING)

    @admin.display(description=pgettext_lazy("of a row", "number"), ordering="pk")
    def number(self, row: GuardedName) -> str:
        """What a refusal calls it."""
        return str(row)

    def where(self, request: HttpRequest) -> HttpResponse:
        """Where guarded names stand in what is stored already."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Where names of the list stand"),
        }
        try:
            context["mentions"] = nameguard.stored()
        except locking.Locked:
            context["is_locked"] = True
        return TemplateResponse(request, "admin/stories/guardedname_where.html", context)
