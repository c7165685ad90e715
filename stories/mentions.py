"""Where names stand in all that is stored: every text of every table, and the names of files."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.urls import NoReverseMatch, reverse

from stories.namesearch import Matcher
from stories.translations import Translation

# Nothing that anybody wrote.
_WITHOUT_WORDS = {"sessions.Session", "contenttypes.ContentType", "auth.Permission"}
_SHORTEST_CHARS = 20  # shorter fields hold codes


class Mention(NamedTuple):
    """A field of a row in which names stand, and which of the names these are."""

    row: models.Model
    field: str
    numbers: set[int]
    name: str = ""  # the field's, in the code

    @property
    def kind(self) -> str:
        """What sort of row it is, in words."""
        return str(self.row._meta.verbose_name)

    @property
    def address(self) -> str:
        """Its form at the desk; empty where it has none."""
        row, meta = self.row, self.row._meta
        try:
            if isinstance(row, Translation):
                kind = row.content_type
                name = f"admin:{kind.app_label}_{kind.model}_translation"
                return reverse(name, args=[row.object_id, row.language])
            return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[self.row.pk])
        except NoReverseMatch:
            return ""


def mentions(matcher: Matcher) -> Iterator[Mention]:
    """Every field of every row in which one of the names stands."""
    for row in rows_with_words():
        for field in texts_of(type(row)):
            if numbers := matcher.find(as_text(field.value_from_object(row))):
                yield Mention(row, str(field.verbose_name), numbers, field.name)


def rows_with_words() -> Iterator[models.Model]:
    """Every row in which somebody may have written something."""
    for model in apps.get_models():
        if model._meta.label not in _WITHOUT_WORDS and texts_of(model):
            yield from model._base_manager.iterator()


@lru_cache(maxsize=200)
def texts_of(model: type[models.Model]) -> list[models.Field]:
    """The fields of a model that hold words."""
    return [field for field in model._meta.concrete_fields if _has_words(field)]


def _has_words(field: models.Field) -> bool:
    if isinstance(field, models.TextField | models.JSONField | models.FileField):
        return True
    is_long = field.max_length is None or field.max_length >= _SHORTEST_CHARS
    return isinstance(field, models.CharField) and not field.choices and is_long


def as_text(value: object) -> str:
    """What a field holds, to be searched."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        # The desk's history is JSON in which “é” is written as “\u00e9”.
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict | list):
        return "\n".join(strings_in(value))
    return str(value or "")


def strings_in(value: object) -> Iterator[str]:
    """Every text within JSON, as it was before it was written as JSON."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for one in value:
            yield from strings_in(one)
    elif value is not None:
        yield str(value)


def without(found: Iterable[Mention], rows: Iterable[models.Model]) -> list[Mention]:
    """The mentions that are not in one of these rows."""
    gone = {(row._meta.label, row.pk) for row in rows}
    return [one for one in found if (one.row._meta.label, one.row.pk) not in gone]
