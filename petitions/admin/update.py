"""Updates on the editors' desk: written, published, and then, as an act of its own, sent."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from petitions import delivery, stafflog
from petitions.admin.logged import LoggedAdmin
from petitions.models import Petition, Update
from stories.admin import PUBLISHING, PublishableAdmin
from stories.desk import WithdrawingDesk
from stories.forms import PublishableForm
from stories.templatetags.numbers import grouped
from stories.translation_desk import TranslatingDesk

# What the staff log calls each press.
_WORDS = {
    "_begin": "update sent",
    "_stop": "update stopped",
    "_resume": "update went on",
}


@admin.register(Update)
class UpdateAdmin(WithdrawingDesk, LoggedAdmin, TranslatingDesk, PublishableAdmin):
    """Updates."""

    change_form_template = "admin/petitions/update/change_form.html"
    list_display = ["title", "petition", "status", "published_at", "by_mail"]
    list_select_related = ["petition"]
    search_fields = ["title", "petition__title"]
    autocomplete_fields = ["petition"]
    readonly_fields = ["by_mail"]
    fieldsets = [
        (gettext_lazy("The news"), {"fields": ["petition", "title", "text"]}),
        PUBLISHING,
        (gettext_lazy("By mail"), {"fields": ["by_mail"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Update]:
        """With how far each has gone."""
        return super().get_queryset(request).with_progress()

    def get_readonly_fields(self, request: HttpRequest, obj: Update | None = None) -> list[str]:
        """What has been sent stays with its petition."""
        sent = ["petition"] if obj and obj.sending_began_at else []
        return [*self.readonly_fields, *sent]

    def get_urls(self) -> list[URLPattern]:
        """The page where an update is sent, and what can be pressed there."""
        views = {"send": self.send, "stop": self.stop, "resume": self.resume}
        own = [
            path(f"<path:object_id>/{act}/", self.admin_site.admin_view(view), name=_url_name(act))
            for act, view in views.items()
        ]
        return own + super().get_urls()

    def save_model(
        self, request: HttpRequest, update: Update, form: PublishableForm, change: bool
    ) -> None:
        """Save what the form has, and never the numbers, which the worker writes meanwhile."""
        if not change:
            super().save_model(request, update, form, change)
            return
        if not Update.objects.select_for_update().filter(pk=update.pk).values_list("pk"):
            raise Http404  # withdrawn meanwhile
        update.save(update_fields=list(form.cleaned_data))
        if not _is_public(update):
            delivery.stop(update)

    @admin.display(description=gettext_lazy("sent by mail"))
    def by_mail(self, update: Update) -> str:
        """How far it has gone, with the way to the page where it is sent."""
        if not update.pk:
            return _("Can be sent once it is saved and published.")
        address = reverse(f"admin:{_url_name('send')}", args=[update.pk])
        return format_html('<a href="{}">{}</a>', address, progress_in_words(update))

    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say whom it goes to and how far it has gone; by POST, send it."""
        if request.method == "POST":
            return self._press(request, object_id, self._begin)
        update = self._update(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send by mail"),
            "opts": self.opts,
            "update": update,
            "is_public": _is_public(update),
            "recipients_count": delivery.recipients_count(update.petition),
            "progress": progress(update),
            "text": delivery.as_plain_words(update),
        }
        return TemplateResponse(request, "admin/petitions/update/send.html", context)

    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send no more of it for now."""
        return self._press(request, object_id, self._stop)

    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on with it."""
        return self._press(request, object_id, self._resume)

    def _begin(self, update: Update) -> str | None:
        count = delivery.begin(update)
        words = ngettext("On its way to one person.", "On its way to %(count)s people.", count)
        return words % {"count": grouped(count)} if count else None

    def _stop(self, update: Update) -> str | None:
        return _("Stopped. Nothing more leaves until you go on.") if delivery.stop(update) else None

    def _resume(self, update: Update) -> str | None:
        return _("It goes on.") if delivery.resume(update) else None

    def _press(
        self, request: HttpRequest, object_id: str, act: Callable[[Update], str | None]
    ) -> HttpResponse:
        """Do one thing to the sending of an update, and show how it stands then."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        update = self._update(request, object_id)
        with transaction.atomic():
            sentence = act(update)
            if sentence:
                who = request.user.get_username()
                stafflog.record(who, _WORDS[act.__name__], self.logged_name(update))
        if sentence:
            self.message_user(request, sentence)
        else:
            words = _("Nothing was done: look at how it stands.")
            self.message_user(request, words, messages.WARNING)
        return HttpResponseRedirect(reverse(f"admin:{_url_name('send')}", args=[update.pk]))

    def _update(self, request: HttpRequest, object_id: str) -> Update:
        update = self.get_object(request, object_id)
        if update is None:
            raise Http404
        if not self.has_change_permission(request, update):
            raise PermissionDenied
        return update


def progress(update: Update) -> dict[str, int]:
    """Where everybody is whom it was sent to; the parts add up to the whole."""
    parts = (update.sent_count, update.waiting_count, update.refused_count)
    return {
        "all": update.recipients_count,
        "sent": update.sent_count,
        "waiting": update.waiting_count,
        "refused": update.refused_count,
        # Asked for no more updates while this one waited.
        "gone": update.recipients_count - sum(parts),
    }


def progress_in_words(update: Update) -> str:
    """The same in a line."""
    if not update.sending_began_at:
        return _("not sent")
    words = [_("%(sent)s of %(all)s sent"), _("%(waiting)s waiting") if update.is_sending else ""]
    if update.refused_count:
        words.append(_("%(refused)s given up"))
    if update.sending_stopped_at:
        words.append(_("stopped"))
    numbers = {part: grouped(number) for part, number in progress(update).items()}
    return ", ".join(word for word in words if word) % numbers


def _is_public(update: Update) -> bool:
    public = Update.objects.published().filter(petition__in=Petition.objects.published())
    return public.filter(pk=update.pk).exists()


def _url_name(act: str) -> str:
    return f"petitions_update_{act}"
