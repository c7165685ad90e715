"""The desk's pages on which a row is put into other languages, beside the original."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.forms import Field
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from stories import translating, translations
from stories.translating import Text, TranslationForm

LINE_LENGTH = 120  # of a text that is typed in one line


class TranslatingDesk(admin.ModelAdmin):
    """To be mixed in: which languages there are of a row, and a page for each."""

    def get_urls(self) -> list[URLPattern]:
        """With the list of languages, and the page of each."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_translation"
        languages = self.admin_site.admin_view(self.translations)
        language = self.admin_site.admin_view(self.translation)
        own = [
            path("<path:object_id>/translations/", languages, name=f"{name}s"),
            path("<path:object_id>/translations/<slug:language>/", language, name=name),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict, *args: object, **kw: object):
        """Lead there whoever may change the row."""
        row = context.get("original")
        if row is not None and self.has_change_permission(request, row):
            context["translations_url"] = self._address(row)
        return super().render_change_form(request, context, *args, **kw)

    def translations(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which languages there are, how far each is, and which is older than the original."""
        row = self._row_to_translate(request, object_id)
        states = [(state, self._address(row, state.code)) for state in translating.states(row)]
        context = self._context(request, row) | {"states": states, "title": _("Translations")}
        return TemplateResponse(request, "admin/stories/translations.html", context)

    @transaction.atomic
    def translation(self, request: HttpRequest, object_id: str, language: str) -> HttpResponse:
        """Every text in one language beside the original; by POST, keep what was typed."""
        row = self._row_to_translate(request, object_id)
        states = {state.code: state for state in translating.states(row)}
        if language not in states:
            raise Http404
        texts = list(translating.texts(row))
        form = TranslationForm(
            request.POST or None,
            texts=texts,
            make=lambda field: self._field(request, field, language),
            initial=_initial(texts, language, states[language]),
        )
        if request.method == "POST" and form.is_valid():
            return self._save(request, row, language, form)
        context = self._context(request, row) | {
            "form": form,
            "language": language,
            "state": states[language],
            "groups": list(_groups(form)),
            "media": self.media + form.media,
            "title": _("Translation: %(language)s") % {"language": states[language].name},
        }
        status = 422 if form.is_bound else 200
        template = "admin/stories/translation.html"
        return TemplateResponse(request, template, context, status=status)

    def _row_to_translate(self, request: HttpRequest, object_id: str) -> models.Model:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            # Locked, so that nobody withdraws it between this and the saving.
            held = type(row)._base_manager.select_for_update().filter(pk=row.pk)
            if not held.values_list("pk"):
                raise Http404
        return row

    def _field(self, request: HttpRequest, field: models.Field, language: str) -> Field:
        made = self.formfield_for_dbfield(field, request)
        if (field.max_length or 0) > LINE_LENGTH:  # a line of its own would hide most of it
            made.widget = AdminTextareaWidget({"rows": 3, "maxlength": field.max_length})
        elif isinstance(made.widget, AdminTextareaWidget):
            made.widget.attrs["rows"] = 5
        made.required, made.help_text, made.initial = False, "", None
        made.widget.attrs |= {"lang": language, "dir": "auto"}
        return made

    def _save(
        self, request: HttpRequest, row: models.Model, language: str, form: TranslationForm
    ) -> HttpResponse:
        is_published = "_publish" in request.POST
        translating.save(
            row,
            language,
            form.words(),
            is_published=is_published,
            is_by_machine=form.cleaned_data["is_by_machine"],
        )
        state = "published" if is_published else "draft"
        said = {
            "name": translating.LOGGED_AS,
            "object": language,
            "fields": [f"{language}: {state}"],
        }
        self.log_change(request, row, [{"changed": said}])
        words = _("Published.") if is_published else _("Saved as a draft. Readers don’t see it.")
        messages.success(request, words)
        return HttpResponseRedirect(self._address(row))

    def _context(self, request: HttpRequest, row: models.Model) -> dict[str, object]:
        own = translations.original_language(row)
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": row,
            "original_language": own,
            "original_name": dict(settings.LANGUAGES).get(own, own),
            "row_url": reverse(f"admin:{self._url_name('change')}", args=[row.pk]),
            "translations_url": self._address(row),
        }

    def _address(self, row: models.Model, *language: str) -> str:
        act = "translation" if language else "translations"
        return reverse(f"admin:{self._url_name(act)}", args=[row.pk, *language])

    def _url_name(self, act: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{act}"


def _initial(texts: list[Text], language: str, state: translating.State) -> dict[str, object]:
    found = translations.of({text.row for text in texts}).filter(language=language)
    words = {(one.content_type.model, one.object_id): one.words for one in found}
    said = {
        text.key: words.get((text.row._meta.model_name, str(text.row.pk)), {}).get(text.field.name)
        for text in texts
    }
    return said | {"is_by_machine": bool(state.translation and state.translation.is_by_machine)}


def _groups(form: TranslationForm) -> Iterator[tuple[models.Model, list[tuple[Text, object]]]]:
    """The texts with their fields, row by row."""
    for row in dict.fromkeys(text.row for text in form.texts):
        yield row, [(text, form[text.key]) for text in form.texts if text.row == row]
