"""Translating: what of a row can be put into other languages, how far it is, and saving it.

What belongs to a row is translated with it and published with it: its updates, demands, incidents,
quotes. Its photo may stand elsewhere too, so the photo's words are not taken back with the row's.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from stories import search, translations
from stories.forms import Guarded
from stories.models import Photo, Translation
from stories.translations import Translatable

# By which rows belong to a text, and go and are published with it.
_BELONG_BY = ("story", "defender", "petition")
# What the desk's history calls it; a change of the original is another thing.
LOGGED_AS = "translation"
Words = dict[Translatable, dict[str, str]]


class State(NamedTuple):
    """How far one language is."""

    code: str
    name: str
    translation: Translation | None
    is_old: bool  # the original was changed since

    @property
    def words(self) -> str:
        """The same in a word."""
        if self.translation is None:
            return _("none yet")
        return pgettext("translation", "published") if self.translation.is_published else _("draft")


class Text(NamedTuple):
    """One text to be translated: a field of the row, or of what belongs to it."""

    row: Translatable
    field: models.Field

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.row._meta.model_name}-{self.row.pk}-{self.field.name}"

    @property
    def original(self) -> str:
        """The words as they were written."""
        return getattr(self.row, self.field.name)

    @property
    def is_rich(self) -> bool:
        """Whether it is HTML."""
        return hasattr(self.field, "sanitize")


def states(row: Translatable) -> list[State]:
    """Every language of the site but the row's own."""
    known = {one.language: one for one in translations.of([row])}
    changed_at = original_changed_at(row)
    own = translations.original_language(row)
    found = []
    for code, name in settings.LANGUAGES:
        if code != own:
            one = known.get(code)
            is_old = bool(one and changed_at and one.updated_at < changed_at)
            found.append(State(code, name, one, is_old))
    return found


def original_changed_at(row: Translatable) -> datetime | None:
    """When the row itself was last changed, as far as the desk or the row remembers."""
    kind = ContentType.objects.get_for_model(row)
    lines = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
    lines = lines.exclude(change_message__contains=f'"name": "{LOGGED_AS}"')
    moments = [lines.aggregate(newest=models.Max("action_time"))["newest"]]
    moments.append(getattr(row, "updated_at", None))
    return max(filter(None, moments), default=None)


def parts(row: Translatable) -> Iterator[Translatable]:
    """Rows that are translated together with this one."""
    for relation in row._meta.related_objects:
        is_part = relation.one_to_many and relation.field.name in _BELONG_BY
        if is_part and issubclass(relation.related_model, Translatable):
            yield from getattr(row, relation.get_accessor_name()).all()
    photo = getattr(row, "photo", None)
    if photo is not None:
        yield photo


def texts(row: Translatable) -> Iterator[Text]:
    """All that there is to translate; what is empty in the original is left out."""
    for one in (row, *parts(row)):
        for name in one.translated_fields:
            text = Text(one, one._meta.get_field(name))
            if text.original or _can_be_added(text):
                yield text


def _can_be_added(text: Text) -> bool:
    # A quote in the site's own language needs no translation there, but does elsewhere.
    return text.row._meta.model_name == "quote" and text.field.name == "translation"


class TranslationForm(Guarded, forms.Form):
    """Every text of a row in one language, with the rules of the fields that they stand for."""

    is_by_machine = forms.BooleanField(
        label=gettext_lazy("translated by a machine"),
        required=False,
        help_text=gettext_lazy(
            "Readers are told so, until somebody has gone through it and unticks this."
        ),
    )

    def __init__(self, *args: object, texts: list[Text], make: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.texts = texts
        for text in texts:
            self.fields[text.key] = make(text.field)

    def clean(self) -> dict[str, object]:
        """As the original's fields would be cleaned, and with nothing missing that is published."""
        data = super().clean()
        for text in self.texts:
            words = data.get(text.key)
            if words:
                try:
                    data[text.key] = text.field.clean(words, text.row)
                except forms.ValidationError as error:
                    self.add_error(text.key, error)
            elif "_publish" in self.data and text.key not in self.errors and self._is_needed(text):
                self.add_error(text.key, _("This is needed before it can be published."))
        return data

    def _is_needed(self, text: Text) -> bool:
        return text.row == self.texts[0].row and not text.field.blank

    def words(self) -> Words:
        """By row, what was typed; nothing for what was left empty."""
        found: Words = {text.row: {} for text in self.texts}
        for text in self.texts:
            if said := self.cleaned_data[text.key]:
                found[text.row][text.field.name] = said
        return found


@transaction.atomic
def save(row: Translatable, language: str, words: Words, **how: bool) -> None:
    """Keep these words of a row and of what belongs to it, and have search know of them."""
    keep(row, language, words, **how)
    for one in (row, *(getattr(row, name, None) for name in _BELONG_BY)):
        if type(one) in search.SEARCHABLE:
            search.index(one)


def keep(
    row: Translatable, language: str, words: Words, *, is_published: bool, is_by_machine: bool
) -> None:
    """The same without search, which the worker brings up to date."""
    known = {
        (one.content_type_id, one.object_id): one
        for one in translations.of(words).filter(language=language)
    }
    for one, said in words.items():
        kind = ContentType.objects.get_for_model(one)
        before = known.get((kind.pk, str(one.pk)))
        if not said:
            if before:
                before.delete()
            continue
        stays = isinstance(one, Photo) and one != row and before and before.is_published
        Translation.objects.update_or_create(
            content_type=kind,
            object_id=str(one.pk),
            language=language,
            defaults={
                "words": said,
                "is_published": bool(is_published or stays),
                "is_by_machine": is_by_machine,
            },
        )
