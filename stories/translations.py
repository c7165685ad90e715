"""The words of a row in other languages than the one in which it was written.

A translation is a row of its own for each language, with the texts by the names of the fields that
they stand for. Pages ask for rows with `translated()` and get them with the reader's words in the
place of the original ones, where a published translation has them; what has none stays in its own
language, and pages say so. Nobody else sees translated rows: the desk, the worker, search and feeds
read the original and the translations apart.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Translation(models.Model):
    """A row's texts in one more language. What is not published is for editors only."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.CharField(max_length=40)
    row = GenericForeignKey()
    language = models.CharField(_("language"), max_length=12)
    words = models.JSONField(_("texts"), default=dict)
    is_published = models.BooleanField(_("published"), default=False)
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
        return f"{self.content_type_id}/{self.object_id} {self.language}"


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

    translations = GenericRelation(Translation)

    objects = TranslatedQuerySet.as_manager()

    class Meta:
        abstract = True


def translatable() -> list[type[Translatable]]:
    """Every model whose texts can be translated."""
    return [model for model in apps.get_models() if issubclass(model, Translatable)]


def original_language(row: Translatable) -> str:
    """The language in which a row was written."""
    return getattr(row, "language", "") or settings.LANGUAGE_CODE


def shown_language(row: Translatable) -> str:
    """The language of a row's texts as they are now."""
    return getattr(row, "_shown_language", "") or original_language(row)


def is_by_machine(row: Translatable) -> bool:
    """Whether the texts as they are now were translated by a machine and checked by nobody."""
    return getattr(row, "_is_by_machine", False)


def languages(row: Translatable) -> list[str]:
    """The languages in which a row can be read, its own first."""
    published = of([row]).filter(is_published=True).values_list("language", flat=True)
    return [original_language(row), *sorted(published)]


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
    """Put the reader's words on rows and on what was selected with them, by one query at most."""
    language = get_language() or settings.LANGUAGE_CODE
    by_key = defaultdict(list)
    for row in _with_relatives(rows):
        if original_language(row) != language:
            by_key[ContentType.objects.get_for_model(row).pk, str(row.pk)].append(row)
    if not by_key:
        return
    waiting = [row for same in by_key.values() for row in same]
    for one in of(waiting).filter(language=language, is_published=True):
        for row in by_key[one.content_type_id, one.object_id]:
            _put(one, row)


def _with_relatives(rows: Iterable[object]) -> Iterable[models.Model]:
    for row in rows:
        if isinstance(row, models.Model):
            relatives = [one for one in row._state.fields_cache.values() if one is not None]
            yield from (one for one in [row, *relatives] if isinstance(one, Translatable))


def _put(translation: Translation, row: models.Model) -> None:
    for field in row.translated_fields:
        if text := translation.words.get(field):
            setattr(row, field, text)
    row._shown_language = translation.language
    row._is_by_machine = translation.is_by_machine
