"""Keeps the table that search looks through in step with what is public.

An editor's save writes the row's entries at once, one for each language in which it can be read.
The worker adds what became public by itself, drops what is public no more, and compares all words
once an hour: so nothing is missed, whoever saved it. What is found is asked of `published()` once
more in `finding.py`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stories import translations
from stories.folding import fold
from stories.models import Country, Defender, SearchEntry, Story, Theme, Translation
from stories.plaintext import words
from stories.withdrawal import Gone

BATCH_COUNT = 500
# Longer texts are found by their beginning; PostgreSQL refuses to index words beyond a megabyte.
TEXT_LENGTH = 200_000


@dataclass(frozen=True)
class Words:
    """What is said of a row: plain words, the most important first."""

    title: str
    summary: str
    text: str
    language: str = "en"
    published_at: datetime | None = None
    is_translation: bool = False


@dataclass(frozen=True)
class Searchable:
    """A kind of row that can be found."""

    kind: str
    label: str | Promise
    public: Callable[[], models.QuerySet]
    words: Callable[[models.Model], Words]
    country_path: str = ""  # from a row to its countries; empty where it has none
    theme_path: str = ""  # and to its themes
    parts: tuple[str, ...] = ()  # rows whose words are its own

    def keys(self, **only: object) -> models.QuerySet:
        """The keys of public rows, as entries name them."""
        keys = self.public().filter(**only).annotate(entry_key=Cast("pk", models.CharField()))
        return keys.order_by().values("entry_key")


SEARCHABLE: dict[type[models.Model], Searchable] = {}


def register(model: type[models.Model], searchable: Searchable) -> None:
    """Let rows of this model be found. Apps above this one bring theirs."""
    SEARCHABLE[model] = searchable


def index(row: models.Model) -> None:
    """Write the entries of a row that was saved, or drop them where the row is not public."""
    searchable = SEARCHABLE[type(row)]
    if searchable.public().filter(pk=row.pk).exists():
        _compacted(_write(searchable, [row.pk]))
    else:
        forget(row)


def forget(row: models.Model) -> None:
    """Leave nothing of a row in the index."""
    kind = SEARCHABLE[type(row)].kind
    _compacted(SearchEntry.objects.filter(kind=kind, key=str(row.pk)).delete()[0])


def forget_withdrawn(gone: Gone) -> None:
    """Leave nothing of what is being withdrawn, and write anew what no longer names it.

    Called within the act; see `withdrawal.ALSO`. Entries that told a name are deleted already.
    """
    for one in (gone, *gone.along):
        SearchEntry.objects.filter(kind=one.kind, key=str(one.number)).delete()
    if gone.rewritten:
        catch_up()
    SearchEntry.objects.compact()


def catch_up() -> int:
    """Add what became public by itself and drop what is public no more. Returns how many."""
    return _compacted(_add_and_drop())


def index_all() -> int:
    """Bring every entry up to date. Returns how many were not."""
    changed_count = _add_and_drop()
    for searchable in SEARCHABLE.values():
        for keys in _batches(searchable.public().order_by().values_list("pk", flat=True)):
            changed_count += _write(searchable, keys)
    return _compacted(changed_count)


def _compacted(changed_count: int) -> int:
    if changed_count:
        SearchEntry.objects.compact()
    return changed_count


def _add_and_drop() -> int:
    changed_count = 0
    for model, searchable in SEARCHABLE.items():
        entries = SearchEntry.objects.filter(kind=searchable.kind)
        changed_count += entries.exclude(key__in=searchable.keys()).delete()[0]
        known = set(entries.values_list("key", flat=True))
        public = dict(searchable.keys().values_list("entry_key", "pk"))
        translated = set(_translated(model, public))
        indexed = set(entries.filter(is_translation=True).values_list("key", "language"))
        missing = public.keys() - known | {key for key, _language in translated ^ indexed}
        for keys in _batches(sorted(public[key] for key in missing)):
            changed_count += _write(searchable, keys)
    return changed_count


def _translated(model: type[models.Model], public: Container[str]) -> Iterator[tuple[str, str]]:
    """The keys of public rows, with each language in which one can be read besides its own."""
    kind = ContentType.objects.get_for_model(model)
    published = Translation.objects.filter(content_type=kind, is_published=True)
    own = _own_languages(model)
    for key, language in published.values_list("object_id", "language"):
        if key in public and language != own.get(key, settings.LANGUAGE_CODE):
            yield key, language


def _own_languages(model: type[models.Model]) -> dict[str, str]:
    """By key: the languages of rows that were not written in the site's own."""
    if "language" not in {field.name for field in model._meta.concrete_fields}:
        return {}
    rows = model._base_manager.exclude(language=settings.LANGUAGE_CODE)
    return {str(pk): language for pk, language in rows.values_list("pk", "language")}


def _batches(things: object) -> Iterator[list]:
    iterator = iter(things)
    while batch := list(islice(iterator, BATCH_COUNT)):
        yield batch


def _write(searchable: Searchable, keys: list[object]) -> int:
    """Write the entries of rows whose words have changed, and drop what they are in no more.

    Returns how many.
    """
    said = dict(_said(searchable, keys))
    fingerprints = {place: _fingerprint(words) for place, words in said.items()}
    known = SearchEntry.objects.filter(kind=searchable.kind, key__in=[str(key) for key in keys])
    written = {
        (key, language): (pk, fingerprint)
        for pk, key, language, fingerprint in known.values_list(
            "pk", "key", "language", "fingerprint"
        )
    }
    gone = [pk for place, (pk, _fingerprint) in written.items() if place not in said]
    SearchEntry.objects.filter(pk__in=gone).delete()
    entries = [
        _entry(searchable.kind, place[0], words, fingerprints[place])
        for place, words in said.items()
        if written.get(place, (0, ""))[1] != fingerprints[place]
    ]
    # Of two who write one entry at once, the later one's words stay.
    SearchEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["kind", "key", "language"],
        update_fields=["is_translation", "title", "summary", "text", "folded_title",
                       "folded_summary", "folded", "published_at", "fingerprint"],
    )  # fmt: skip
    return len(entries) + len(gone)


def _said(searchable: Searchable, keys: list[object]) -> Iterator[tuple[tuple[str, str], Words]]:
    """The words of rows in each language in which they can be read, by key and language."""
    rows = searchable.public().filter(pk__in=keys).prefetch_related(*searchable.parts)
    found = list(rows)
    own = {str(row.pk): translations.original_language(row) for row in found}
    in_language: dict[str, list[str]] = defaultdict(list)
    published = translations.of(found).filter(is_published=True)
    for key, language in published.values_list("object_id", "language"):
        if language != own[key]:
            in_language[language].append(key)
    for row in found:
        words = searchable.words(row)
        yield (str(row.pk), words.language), words
    for language, pks in in_language.items():
        with translation.override(language):
            for row in rows.filter(pk__in=pks).translated():
                words = searchable.words(row)
                words = replace(words, language=language, is_translation=True)
                yield (str(row.pk), language), words


def _fingerprint(words: Words) -> str:
    return hashlib.blake2b(repr(words).encode(), digest_size=16).hexdigest()


def _entry(kind: str, key: str, words: Words, fingerprint: str) -> SearchEntry:
    title, summary, text = words.title, words.summary, words.text[:TEXT_LENGTH]
    return SearchEntry(
        kind=kind,
        key=key,
        language=words.language,
        is_translation=words.is_translation,
        title=title,
        summary=summary,
        text=text,
        folded_title=fold(title),
        folded_summary=fold(summary),
        folded=fold(f"{title}\n{summary}\n{text}"),
        published_at=words.published_at,
        fingerprint=fingerprint,
    )


def _of_story(story: Story) -> Words:
    text = " ".join([words(story.body), *_of_updates(story)])
    return Words(story.title, story.summary, text, story.language, story.published_at)


def _of_defender(defender: Defender) -> Words:
    text = [
        defender.name_original,
        *defender.other_name_list,
        defender.occupation,
        defender.organisation,
        defender.what_they_defend,
        defender.what_happened,
        words(defender.story),
        *_of_updates(defender),
    ]
    return Words(
        title=defender.name,
        summary=defender.summary,
        text=" · ".join(filter(None, text)),
        published_at=defender.published_at,
    )


def _of_updates(row: Story | Defender) -> list[str]:
    return [f"{update.title}: {words(update.text)}" for update in row.updates.all()]


def _of_country(country: Country) -> Words:
    """By its names in every language of the site, whichever the reader has chosen."""
    names = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names.append(country.name)
    return Words(" · ".join(dict.fromkeys(names)), country.intro, "", language="")


def _of_theme(theme: Theme) -> Words:
    return Words(theme.name, theme.definition, theme.method)


register(
    Story,
    Searchable(
        kind="story",
        label=_("Stories"),
        public=Story.objects.published,
        words=_of_story,
        country_path="countries",
        theme_path="themes",
        parts=("updates",),
    ),
)
register(
    Defender,
    Searchable(
        kind="defender",
        label=_("People"),
        public=Defender.objects.published,
        words=_of_defender,
        country_path="country",
        theme_path="themes",
        parts=("updates",),
    ),
)
register(Country, Searchable("country", _("Countries"), Country.objects.all, _of_country, "pk"))
register(Theme, Searchable("theme", _("Themes"), Theme.objects.all, _of_theme, theme_path="pk"))
