"""Keeps the table that search looks through in step with what is public.

An editor's save writes the row's entry at once. The worker adds what became public by itself, drops
what is public no more, and compares all words once an hour: so nothing is missed, whoever saved it.
What is found is asked of `published()` once more in `finding.py`.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stories.folding import fold
from stories.models import Country, Defender, SearchEntry, Story, Theme
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
    """Write the entry of a row that was saved, or drop it where the row is not public."""
    searchable = SEARCHABLE[type(row)]
    if saved := searchable.public().filter(pk=row.pk).first():
        _compacted(_write(searchable, [saved]))
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
            changed_count += _write(searchable, searchable.public().filter(pk__in=keys))
    return _compacted(changed_count)


def _compacted(changed_count: int) -> int:
    if changed_count:
        SearchEntry.objects.compact()
    return changed_count


def _add_and_drop() -> int:
    changed_count = 0
    for searchable in SEARCHABLE.values():
        entries = SearchEntry.objects.filter(kind=searchable.kind)
        changed_count += entries.exclude(key__in=searchable.keys()).delete()[0]
        known = set(entries.values_list("key", flat=True))
        public = searchable.keys().values_list("pk", "entry_key")
        missing = [pk for pk, key in public if key not in known]
        for keys in _batches(missing):
            changed_count += _write(searchable, searchable.public().filter(pk__in=keys))
    return changed_count


def _batches(things: object) -> Iterator[list]:
    iterator = iter(things)
    while batch := list(islice(iterator, BATCH_COUNT)):
        yield batch


def _write(searchable: Searchable, rows: list[models.Model] | models.QuerySet) -> int:
    """Write the entries whose words have changed. Returns how many."""
    models.prefetch_related_objects(rows := list(rows), *searchable.parts)
    said = {str(row.pk): searchable.words(row) for row in rows}
    fingerprints = {key: _fingerprint(words) for key, words in said.items()}
    known = SearchEntry.objects.filter(kind=searchable.kind, key__in=said)
    written = dict(known.values_list("key", "fingerprint"))
    entries = [
        _entry(searchable.kind, key, words, fingerprints[key])
        for key, words in said.items()
        if written.get(key) != fingerprints[key]
    ]
    # Of two who write one entry at once, the later one's words stay.
    SearchEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=["language", "title", "summary", "text", "folded_title", "folded_summary",
                       "folded", "published_at", "fingerprint"],
    )  # fmt: skip
    return len(entries)


def _fingerprint(words: Words) -> str:
    return hashlib.blake2b(repr(words).encode(), digest_size=16).hexdigest()


def _entry(kind: str, key: str, words: Words, fingerprint: str) -> SearchEntry:
    title, summary, text = words.title, words.summary, words.text[:TEXT_LENGTH]
    return SearchEntry(
        kind=kind,
        key=key,
        language=words.language,
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
