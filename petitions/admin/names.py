"""First names that signers want on a petition's page: an editor looks at each before it appears."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from petitions import moderation, stafflog
from petitions.models import Petition, Signature
from stories.templatetags.numbers import grouped

NAMES_AT_ONCE = 50
State = Signature.NameState
_DECISIONS = {"show": State.SHOWN, "refuse": State.REFUSED}


class NamesDesk:
    """Gives the desk of petitions a page of names. For a ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        """With the page's address."""
        view = self.admin_site.admin_view(never_cache(self.names_view))
        return [
            path("<int:object_id>/names/", view, name="petitions_petition_names"),
            *super().get_urls(),
        ]

    def names_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How many names wait; the names themselves only when asked for, since that is logged."""
        petition = get_object_or_404(Petition, pk=object_id)
        if not self.has_change_permission(request, petition):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Names to show"),
            "subtitle": petition.card_title,
            "opts": self.opts,
            "petition": petition,
            "names_at_once": NAMES_AT_ONCE,
        }
        if request.method == "POST":
            context |= self._read_or_decide(request, petition)
        context["counts"] = moderation.counts(petition)
        return TemplateResponse(request, "admin/petitions/petition/names.html", context)

    @transaction.atomic
    def _read_or_decide(self, request: HttpRequest, petition: Petition) -> dict[str, object]:
        state = request.POST.get("state")
        if state not in State.values:
            state = State.WAITING
        decision, count = _DECISIONS.get(request.POST.get("act")), 0
        if decision:
            count = moderation.decide(petition, request.POST.getlist("choice"), decision)
            sentence = ngettext("%(count)s name is decided.", "%(count)s names are decided.", count)
            messages.success(request, sentence % {"count": grouped(count)})
        names = moderation.names(petition, state, NAMES_AT_ONCE)
        who, about = request.user.get_username(), f"petition {petition.pk}"
        if count:
            stafflog.record(who, f"names {decision}", about, count=count)
        if names:
            stafflog.record(who, "names read", about, state=state, count=len(names))
        return {"state": state, "state_label": State(state).label, "names": names}
