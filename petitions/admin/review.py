"""The review of one petition: numbers of groups, and what can be done with a group."""

from collections.abc import Callable
from dataclasses import asdict

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from petitions import integrity, review, stafflog
from petitions.admin import chart, words
from petitions.models import Petition
from stories.templatetags.numbers import grouped

COUNT_IS_GOOD_FOR_SECONDS = 3600
_SALT = "petitions.admin.review"

ACTS = [
    ("hold", _("Hold those that count. Their owners are told that an editor will look.")),
    ("remove", _("Take those that count off the count.")),
    ("release", _("Let those count that are held.")),
    ("remove_held", _("Take those that are held off the count.")),
]
WORDS = {
    "hold": (_("will be held"), _("Hold them")),
    "remove": (_("will be taken off the count"), _("Take them off the count")),
    "release": (_("will count again"), _("Let them count")),
    "remove_held": (_("will be taken off the count"), _("Take them off the count")),
}


class ChoiceForm(forms.Form):
    """Groups, and what is to be done with what they have in common."""

    act = forms.ChoiceField(
        label=_("What to do"), choices=ACTS, initial="hold", widget=forms.RadioSelect
    )
    hours = forms.MultipleChoiceField(required=False)
    classes = forms.MultipleChoiceField(required=False)
    networks = forms.MultipleChoiceField(required=False)

    def __init__(self, seen: review.Review, *args: object) -> None:
        super().__init__(*args)
        # Only what is shown can be chosen, so nothing that is smaller than five.
        for kind in review.KINDS:
            self.fields[kind].choices = [(key, key) for key in seen.keys(kind)]
            self.fields[kind].error_messages["invalid_choice"] = _(
                "A group that you chose is no longer there. Please choose again."
            )

    def clean(self) -> dict[str, object]:
        """Ask for something to choose by."""
        data = super().clean()
        if not self.errors and not any(data[kind] for kind in review.KINDS):
            raise forms.ValidationError(_("Choose at least one group."))
        return data

    @property
    def criteria(self) -> dict[str, list[str]]:
        """The chosen groups by kind."""
        return {kind: sorted(self.cleaned_data[kind]) for kind in review.KINDS}


def urls(desk: admin.AdminSite) -> list[URLPattern]:
    """The addresses of the review, below that of the petition."""
    return [
        _at(desk, "", _review, "petition_review", require_safe),
        _at(desk, "count/", _count, "petition_count", require_POST),
        _at(desk, "confirm/", _confirm, "petition_invalidate", require_POST),
        _at(desk, "undo/", _undo, "petition_undo", require_POST),
        _at(desk, "reference/", _reference, "petition_reference", require_POST),
    ]


def _at(
    desk: admin.AdminSite, ending: str, view: Callable, name: str, allowed: Callable
) -> URLPattern:
    @allowed
    def _for_editors(request: HttpRequest, object_id: int) -> HttpResponse:
        if not request.user.has_perm("petitions.change_petition"):
            raise PermissionDenied
        return view(desk, request, get_object_or_404(Petition, pk=object_id))

    address = f"<int:object_id>/review/{ending}"
    return path(address, desk.admin_view(_for_editors), name=name)


def _review(desk: admin.AdminSite, request: HttpRequest, petition: Petition) -> HttpResponse:
    seen = review.look(petition)
    return _page(desk, request, petition, seen, ChoiceForm(seen))


def _count(desk: admin.AdminSite, request: HttpRequest, petition: Petition) -> HttpResponse:
    """Say how many signatures were chosen; nothing is moved yet."""
    seen = review.look(petition)
    form = ChoiceForm(seen, request.POST)
    if not form.is_valid():
        return _page(desk, request, petition, seen, form)
    act, criteria = form.cleaned_data["act"], form.criteria
    try:
        chosen = integrity.count(petition, act, criteria, request.user.get_username())
    except integrity.TooFew:
        form.add_error(None, _TOO_FEW % {"smallest": grouped(review.SMALLEST_GROUP)})
        return _page(desk, request, petition, seen, form)
    becomes, button = WORDS[act]
    context = {
        "title": _("Is that what you mean?"),
        "chosen": chosen,
        "criteria": words.of_criteria(criteria),
        "becomes": becomes,
        "button": button,
        # What is confirmed is what was counted, and nothing that somebody wrote into the page.
        "counted": signing.dumps([petition.pk, asdict(chosen)], salt=_SALT),
    }
    return _render(desk, request, petition, "review_count", context)


def _confirm(desk: admin.AdminSite, request: HttpRequest, petition: Petition) -> HttpResponse:
    """Have the worker do what was counted."""
    try:
        petition_id, chosen = signing.loads(
            request.POST.get("counted", ""), salt=_SALT, max_age=COUNT_IS_GOOD_FOR_SECONDS
        )
    except signing.BadSignature:
        petition_id, chosen = None, {}
    if petition_id != petition.pk:
        messages.error(request, _("That count is too old. Please choose and count again."))
        return _back(petition)
    integrity.invalidate(petition, integrity.Chosen(**chosen), request.user.get_username())
    messages.success(request, _("It is being done. Below you see how far it is."))
    return _back(petition)


def _undo(desk: admin.AdminSite, request: HttpRequest, petition: Petition) -> HttpResponse:
    """Have the worker carry back what an invalidation moved."""
    number = request.POST.get("invalidation", "")
    rows = petition.invalidations.select_related("petition")
    invalidation = get_object_or_404(rows, pk=int(number) if number.isdecimal() else 0)
    integrity.undo(invalidation, request.user.get_username())
    messages.success(request, _("It is being undone. Below you see how far it is."))
    return _back(petition)


def _reference(desk: admin.AdminSite, request: HttpRequest, petition: Petition) -> HttpResponse:
    """Show how the signature stands whose owner wrote to us, and move it if that is asked for."""
    who, typed = request.user.get_username(), request.POST.get("reference", "")
    signature = integrity.by_reference(petition, typed)
    if signature is None:
        messages.error(request, _("No signature of this petition has that reference."))
        return _back(petition)
    if act := _ONE.get(request.POST.get("act", "")):
        act(signature, who)
        messages.success(request, _("Done. Its owner’s private page says so, too."))
        return _back(petition)
    stafflog.record(who, "signature looked up", f"petition {petition.pk}")
    context = {
        "title": _("One signature"),
        "signature": signature,
        "reference": signature.reference,
    }
    return _render(desk, request, petition, "review_reference", context)


_ONE = {"hold": integrity.hold, "release": integrity.release, "remove": integrity.remove}
_TOO_FEW = _(
    "Fewer than %(smallest)s signatures have all that in common. So few are neither counted nor "
    "moved here, so that nobody is singled out. If one of them wrote to you, use the reference "
    "from their letter."
)


def _page(
    desk: admin.AdminSite,
    request: HttpRequest,
    petition: Petition,
    seen: review.Review,
    form: ChoiceForm,
) -> HttpResponse:
    context = {
        "title": _("Review of signatures"),
        "seen": seen,
        "form": form,
        "tables": words.tables(seen, form),
        "chart": chart.bars(seen.groups[review.HOURS]),
        "invalidations": [words.of_invalidation(row) for row in petition.invalidations.all()],
        "days": settings.REVIEW_DAYS,
        "smallest": review.SMALLEST_GROUP,
        "rule": {
            "least": review.SMALLEST_MARKED,
            "spreads": review.FAR_IN_SPREADS,
            "times": review.FAR_IN_TIMES,
            "percent": round(100 * review.FAR_IN_RATE),
        },
    }
    return _render(desk, request, petition, "review", context)


def _render(
    desk: admin.AdminSite,
    request: HttpRequest,
    petition: Petition,
    name: str,
    context: dict[str, object],
) -> HttpResponse:
    context = desk.each_context(request) | {"petition": petition} | context
    response = TemplateResponse(request, f"admin/petitions/petition/{name}.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _back(petition: Petition) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:petition_review", args=[petition.pk]))
