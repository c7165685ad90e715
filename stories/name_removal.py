"""Where names stand in rows that stay, and how they are taken out there, row by row and for good.

Whoever calls this holds a transaction: all of it is done, or nothing.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import models
from django.urls import NoReverseMatch
from django.utils import timezone, translation

from stories import withdrawn_addresses
from stories.mentions import Mention, as_text, rows_with_words, texts_of
from stories.models import Photo, SearchEntry, Translation, Withdrawal
from stories.withholding import Sought, withhold

# Copies of what stands elsewhere: the history is purged, the index written anew.
_COPIES = (LogEntry, SearchEntry)
# Models and fields whose words can't be changed without breaking what they are for. Apps above add
# theirs.
UNCHANGEABLE = {f"stories.Photo.{name}" for name in ("uploaded_by", "changed_by", "cleared_by")}
# By which a row belongs to a text: its quotes, sources, demands, updates … and their translations.
_BELONGS_BY = ("story", "defender", "petition")

Key = tuple[str, object]


class Place(NamedTuple):
    """A field of a row in which names stand, and what would stand there instead."""

    mention: Mention
    words: list[str]  # what would be replaced; none where no machine can do it
    value: str | None  # what would stand there; None where no machine can do it

    @property
    def key(self) -> str:
        """What a form calls it. Tells no name."""
        row = self.mention.row
        return f"{row._meta.label_lower}:{row.pk}:{self.mention.name}"

    @property
    def text(self) -> models.Model:
        """The story, profile or petition that it belongs to, or its own row."""
        return next(iter(_owners(self.mention.row)), self.mention.row)

    @property
    def is_address(self) -> bool:
        """Whether the page gets another address."""
        return self.value is not None and self.mention.name == "slug"


class Rewritten(NamedTuple):
    """A row in which something was withheld, for those who keep a log or a copy."""

    row: models.Model
    fields: list[str]


def places(
    of: Sought, linked: Iterable[models.Model] = (), without: Collection[models.Model] = ()
) -> list[Place]:
    """Every field in which something stands. Changes nothing.

    Parts of a name are looked for only in texts that hold the whole name, and in those of the
    `linked` rows.
    """
    if not of:
        return []
    going = {_key(row) for row in without}
    whole = list(_found(of.whole.find, going))
    near = {_text_of(mention.row) for mention in whole} | {_key(row) for row in linked}
    found = {(*_key(mention.row), mention.name): mention for mention in whole}
    if of.parts:
        for mention in _found(of.each_part.find, going, only=near):
            found.setdefault((*_key(mention.row), mention.name), mention)
    at = [place for one in found.values() for place in _places_at(one, of, near)]
    return list({place.key: place for place in at}.values())


def remove(
    of: Sought,
    reason: str,
    linked: Iterable[models.Model] = (),
    keep: Collection[str] = (),
) -> tuple[list[Rewritten], list[Place]]:
    """Take it out wherever a machine can. Returns what was rewritten, and where it still stands.

    `keep` are the keys of places that stay as they are. Raises Locked.
    """
    found = places(of, linked)
    by_row: dict[Key, tuple[models.Model, set[str]]] = {}
    for place in found:
        if place.key not in keep and place.value is not None:
            row = place.mention.row
            by_row.setdefault(_key(row), (row, set()))[1].add(place.mention.name)
    near = {_text_of(row) for row, _names in by_row.values()} | {_key(row) for row in linked}
    done = [_rewrite(row, names, of, near, reason) for row, names in by_row.values()]
    # Copies; the index gets what may still be found as soon as this is done.
    stale = [
        entry.pk
        for entry in SearchEntry.objects.iterator()
        if of.stands_in(f"{entry.title} {entry.summary} {entry.text}")
    ]
    SearchEntry.objects.filter(pk__in=stale).delete()
    for row, _fields in done:
        for one in (row, *_owners(row)):
            SearchEntry.objects.filter(kind=one._meta.model_name, key=str(one.pk)).delete()
    # A picture's file still says what was read out of it.
    files = [place for place in found if place.mention.name == "original"]
    return done, list({place.key: place for place in [*places(of, linked), *files]}.values())


def move(row: models.Model, reason: str) -> None:
    """Give a row an address that tells nothing; the old one answers 410. Raises Locked."""
    is_public = not hasattr(row, "published_at") or (
        row.published_at is not None and row.published_at <= timezone.now()
    )
    withdrawn_addresses.remember(
        Withdrawal.Kind.PAGE,
        withdrawn_addresses.MOVED,
        withdrawn_addresses.paths(row),
        reason=reason,
        was_public=is_public,
    )
    type(row)._base_manager.filter(pk=row.pk).update(slug=_new_slug(row))


# --- What stands where ----------------------------------------------------------------------------


def _found(find, going: set[Key], only: set[Key] | None = None) -> Iterator[Mention]:
    for row in rows_with_words():
        if isinstance(row, _COPIES) or {_key(row), _original(row)} & going:
            continue
        if only is not None and (_text_of(row) not in only or not _is_ours(row)):
            continue
        for field in texts_of(type(row)):
            if numbers := find(as_text(field.value_from_object(row))):
                yield Mention(row, str(field.verbose_name), numbers, field.name)


def _places_at(mention: Mention, of: Sought, near: set[Key]) -> Iterator[Place]:
    row, field = mention.row, mention.row._meta.get_field(mention.name)
    value, words = None, []
    labels = {row._meta.label, f"{row._meta.label}.{field.name}"}
    if _is_ours(row) and not labels & UNCHANGEABLE:
        value, words = _instead(row, field, of, _text_of(row) in near)
    yield Place(mention, words, value)
    if isinstance(row, Photo) and isinstance(field, models.TextField) and not field.editable:
        # Read out of the picture's own file, which says it still.
        original = row._meta.get_field("original")
        yield Place(mention._replace(field=str(original.verbose_name), name="original"), [], None)


def _instead(
    row: models.Model, field: models.Field, of: Sought, with_parts: bool
) -> tuple[str | None, list[str]]:
    """What would stand in a field, and the words that go; None where no machine can say."""
    old = field.value_from_object(row)
    stands_in = partial(of.stands_in, with_parts=with_parts)
    if isinstance(field, models.SlugField):
        return (_new_slug(row), [old]) if _has_address(row) else (None, [])
    if isinstance(row, Translation) and field.name == "words":
        return _instead_in_each(row, old, of, with_parts)
    if not isinstance(old, str) or isinstance(field, models.FileField):
        return None, []
    if isinstance(field, models.URLField):
        new = "" if field.blank else "{0.scheme}://{0.netloc}/".format(urlsplit(old))
        return (None, []) if stands_in(new) else (new, [old])
    with translation.override(_language(row)):
        new, words = withhold(old, of, with_parts)
    if stands_in(new) or (field.unique and _is_given(row, field, new)):
        return None, []
    if field.max_length and len(new) > field.max_length:
        new = f"{new[: field.max_length - 1].rstrip()}…"
    return new, words


def _instead_in_each(
    row: Translation, texts: dict[str, str], of: Sought, with_parts: bool
) -> tuple[dict[str, str] | None, list[str]]:
    """The same for the texts of a translation, none longer than its original may be."""
    new, taken = {}, []
    model = row.content_type.model_class()
    with translation.override(row.language):
        for name, text in texts.items():
            said, words = withhold(text, of, with_parts)
            longest = model._meta.get_field(name).max_length
            if longest and len(said) > longest:
                said = f"{said[: longest - 1].rstrip()}…"
            new[name] = said
            taken += words
    if of.stands_in(as_text(new), with_parts):
        return None, []
    return new, list(dict.fromkeys(taken))


def _is_given(row: models.Model, field: models.Field, value: str) -> bool:
    return type(row)._base_manager.exclude(pk=row.pk).filter(**{field.name: value}).exists()


def _new_slug(row: models.Model) -> str:
    """An address of which nobody can tell what it was."""
    slug = f"{row._meta.model_name}-{row.pk}"
    while _is_given(row, row._meta.get_field("slug"), slug) or _is_taken(row, slug):
        slug = f"{row._meta.model_name}-{secrets.token_hex(4)}"
    return slug


def _is_taken(row: models.Model, slug: str) -> bool:
    return withdrawn_addresses.is_taken(type(row)(slug=slug).get_absolute_url())


def _has_address(row: models.Model) -> bool:
    try:
        return bool(row.get_absolute_url())
    except (AttributeError, NoReverseMatch):
        return False


def _language(row: models.Model) -> str:
    languages = (getattr(text, "language", "") for text in [row, *_owners(row)])
    return next((one for one in languages if one), settings.LANGUAGE_CODE)


def _text_of(row: models.Model) -> Key:
    """The story, profile or petition that a row belongs to, or the row itself."""
    if isinstance(row, Translation):
        # Those of a story itself, say, need not be looked up.
        is_part = _is_part(row.content_type.model_class())
        return _text_of(row.row) if is_part and row.row else _original(row)
    for name in _BELONGS_BY:
        if number := getattr(row, f"{name}_id", None):
            return row._meta.get_field(name).related_model._meta.label, number
    return _key(row)


def _owners(row: models.Model) -> list[models.Model]:
    """The texts that a row belongs to; of a translation, those of its original or that itself."""
    if isinstance(row, Translation):
        return [] if row.row is None else _owners(row.row) or [row.row]
    return [getattr(row, name) for name in _BELONGS_BY if getattr(row, f"{name}_id", None)]


def _is_part(model: type[models.Model]) -> bool:
    return bool({field.name for field in model._meta.concrete_fields} & set(_BELONGS_BY))


def _original(row: models.Model) -> Key | None:
    """Of which row this is a translation, if it is one."""
    if not isinstance(row, Translation):
        return None
    model = row.content_type.model_class()
    return model._meta.label, model._meta.pk.to_python(row.object_id)


def _key(row: models.Model) -> Key:
    return row._meta.label, row.pk


def _is_ours(row: models.Model) -> bool:
    return not type(row).__module__.startswith("django.")


# --- Rewriting ------------------------------------------------------------------------------------


def _rewrite(
    row: models.Model, names: Iterable[str], of: Sought, near: set[Key], reason: str
) -> Rewritten:
    # Read once more and held, so that nobody's saving at this moment is lost or brings it back.
    row = type(row)._base_manager.select_for_update().get(pk=row.pk)
    changed: dict[str, object] = {}
    for name in sorted(names):
        field = row._meta.get_field(name)
        if name == "slug":
            move(row, reason)
            continue
        value, _words = _instead(row, field, of, _text_of(row) in near)
        if value is not None:
            changed[name] = value
    _note_change(row)
    if changed:
        type(row)._base_manager.filter(pk=row.pk).update(**changed)
    return Rewritten(row, sorted(names))


def _note_change(row: models.Model) -> None:
    """Let feeds know: the row, or the text that it belongs to, is another one now."""
    for one in (row, *_owners(row)):
        moments = [f.name for f in one._meta.concrete_fields if getattr(f, "auto_now", False)]
        if moments:
            now = dict.fromkeys(moments, timezone.now())
            type(one)._base_manager.filter(pk=one.pk).update(**now)
