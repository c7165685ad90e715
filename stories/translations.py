"""The words of a row in other languages than the one in which it was written.

A translation is a row of its own for each language, with the texts by the names of the fields that
they stand for. Pages ask for rows with `translated()` and get them with the reader's words in the
place of the original ones, where a published translation has them; what has none stays in its own
language, and pages say so. Such a row is never saved. Whoever does not ask gets the original: the
desk does, and so does the worker, but for what it writes to somebody in their language.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class Translation(models.Model):
    """A row's texts in one more language. What is not published is for editors only."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.CharField(max_length=40)
    row = GenericForeignKey()
    language = models.CharField(_("language"), max_length=12)
    words = models.JSONField(_("texts"), default=dict)
    is_published = models.BooleanField(pgettext_lazy("translation", "published"), default=False)
    is_by_machine = models.BooleanField(
        _("translated by a machine"),
        default=False,
        help_text=_("Readers are told so, until somebody has gone through it and unticks this."),
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("translation"), _("translations")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "language"],
                name="one_translation_a_row_and_language",
            )
        ]

    def __str__(self) -> str:
        return f"{self.content_type.model} {self.object_id}: {self.language}"


class TranslatedQuerySet(models.QuerySet):
    """Rows whose texts may be had in the reader's language."""

    _is_translated = False

    def translated(self) -> "TranslatedQuerySet":
        """In the language now active. For showing only: such a row must not be saved."""
        rows = self._chain()
        rows._is_translated = True
        return rows

    def _clone(self) -> "TranslatedQuerySet":
        rows = super()._clone()
        rows._is_translated = self._is_translated
        return rows

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._is_translated:
            translate(self._result_cache)


class Translatable(models.Model):
    """Something whose texts can be had in other languages; they go when it goes."""

    # The names of the fields that can be translated, in the order of the desk's form.
    translated_fields: tuple[str, ...] = ()
    # Without this one, a page can't be said to be readable in a language, whatever else is.
    main_text: str = ""
    # By which a row belongs to a text, in whose language it is written; else it says so itself.
    written_as: str = ""

    translations = GenericRelation(Translation)

    objects = TranslatedQuerySet.as_manager()

    class Meta:
        abstract = True


def translatable() -> list[type[Translatable]]:
    """Every model whose texts can be translated."""
    return [model for model in apps.get_models() if issubclass(model, Translatable)]


def original_language(row: Translatable) -> str:
    """The language in which a row was written."""
    text = getattr(row, row.written_as) if row.written_as else row
    return getattr(text, "language", "") or settings.LANGUAGE_CODE


def every_translated(row: models.Model, field: str) -> list[str]:
    """What stands for a field in all translations of a row, drafts included."""
    if not isinstance(row, Translatable):
        return []
    return [one.words[field] for one in of([row]) if one.words.get(field)]


def address_language(language: str) -> str:
    """The language in whose part of the site a text of this language stands at home."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def shown_language(row: Translatable, field: str = "") -> str:
    """The language of a row's texts as they are now, or of one of them."""
    if not hasattr(row, "_translation") or (field and not row._translation.words.get(field)):
        return original_language(row)
    return row._translation.language


def is_by_machine(row: Translatable) -> bool:
    """Whether the texts as they are now were translated by a machine and checked by nobody."""
    return hasattr(row, "_translation") and row._translation.is_by_machine


def changed_at(row: Translatable) -> datetime | None:
    """When the words as they are now were last translated; None where they are the original."""
    return row._translation.updated_at if hasattr(row, "_translation") else None


def languages(row: Translatable) -> list[str]:
    """The languages in which a row can be read, its own first."""
    return languages_of([row])[row.pk]


def has_main_text(row: Translatable) -> bool:
    """Whether there is a text without which the row could not be read."""
    return bool(row.main_text and getattr(row, row.main_text))


def languages_of(rows: list[Translatable]) -> dict[object, list[str]]:
    """By the keys of rows of one model: the languages in which each can be read, its own first."""
    found = {row.pk: [original_language(row)] for row in rows}
    by_text = {str(pk): pk for pk in found}
    published = of(rows).filter(is_published=True).order_by("language")
    if main_text := next((row.main_text for row in rows if has_main_text(row)), ""):
        published = published.filter(words__has_key=main_text)
    for key, language in published.values_list("object_id", "language"):
        if language not in found[by_text[key]]:
            found[by_text[key]].append(language)
    return found


def readable_in(language: str, model: type[Translatable]) -> Q:
    """Of the rows of a model: those that have a published translation into a language."""
    keys = _published(model).filter(language=language).values("object_id")
    return Q(pk__in=keys.annotate(row_key=Cast("object_id", model._meta.pk)).values("row_key"))


def languages_into(rows: models.QuerySet) -> set[str]:
    """The languages into which some of these rows are translated, for everybody to read."""
    keys = rows.annotate(row_key=Cast("pk", models.CharField())).values("row_key")
    found = _published(rows.model).filter(object_id__in=keys).order_by()
    return set(found.values_list("language", flat=True).distinct())


def _published(model: type[Translatable]) -> models.QuerySet[Translation]:
    kind = ContentType.objects.get_for_model(model)
    published = Translation.objects.filter(content_type=kind, is_published=True)
    return published.filter(words__has_key=model.main_text) if model.main_text else published


def of(rows: Iterable[models.Model]) -> models.QuerySet[Translation]:
    """All translations of some rows."""
    keys = defaultdict(list)
    for row in rows:
        keys[ContentType.objects.get_for_model(row).pk].append(str(row.pk))
    condition = Q(pk__in=[])
    for kind, pks in keys.items():
        condition |= Q(content_type=kind, object_id__in=pks)
    return Translation.objects.filter(condition)


def translate(rows: Iterable[object]) -> None:
    """Put the reader's words on rows and on what was read with them, by one query at most."""
    language = get_language() or settings.LANGUAGE_CODE
    by_key = defaultdict(list)
    for row in _with_relatives(rows, set()):
        # Asked once, though many rows of a page lead to the same one, such as their petition.
        if original_language(row) != language and getattr(row, "_asked_in", "") != language:
            row._asked_in = language
            by_key[ContentType.objects.get_for_model(row).pk, str(row.pk)].append(row)
    if not by_key:
        return
    waiting = [row for same in by_key.values() for row in same]
    for one in of(waiting).filter(language=language, is_published=True):
        for row in by_key[one.content_type_id, one.object_id]:
            _put(one, row)


def _with_relatives(rows: Iterable[object], seen: set[int]) -> Iterable[Translatable]:
    """The rows, and whatever was selected or prefetched with them."""
    for row in rows:
        if not isinstance(row, models.Model) or id(row) in seen:
            continue
        seen.add(id(row))
        if isinstance(row, Translatable):
            yield row
        yield from _with_relatives(row._state.fields_cache.values(), seen)
        for related in getattr(row, "_prefetched_objects_cache", {}).values():
            yield from _with_relatives(related, seen)


def _put(translation: Translation, row: models.Model) -> None:
    for field in row.translated_fields:
        if text := translation.words.get(field):
            setattr(row, field, text)
    row._translation = translation
