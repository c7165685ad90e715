"""The staff log on the editors' desk: to be read, and nothing else."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from petitions import stafflog
from petitions.models import StaffAct


@admin.register(StaffAct)
class StaffActAdmin(admin.ModelAdmin):
    """Who did what, and whether the chain of lines is whole."""

    list_display = ["number", "at", "person", "act", "about", "details"]
    list_display_links = None
    search_fields = ["who", "act", "about"]
    date_hierarchy = "at"
    actions = None
    change_list_template = "admin/petitions/staffact/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Lines come with acts."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: StaffAct | None = None) -> bool:
        """What is written stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StaffAct | None = None) -> bool:
        """And is not removed."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The lines, and above them whether they are whole."""
        state = {
            "title": _("Staff log"),
            "wrong_line": stafflog.verify(),
            "head": stafflog.head(),
        }
        return super().changelist_view(request, state | (extra_context or {}))

    @admin.display(description=_("who"), ordering="who")
    def person(self, line: StaffAct) -> str:
        """The user's name; nobody's where a login failed."""
        return line.who or "–"

    @admin.display(description=_("details"))
    def details(self, line: StaffAct) -> str:
        """Numbers and codes, as words."""
        return "; ".join(f"{name}: {_in_words(value)}" for name, value in line.facts.items())


def _in_words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
