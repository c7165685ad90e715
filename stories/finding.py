"""What is there on this? Asked of the index, answered with public rows.

Nothing of a question is kept: it is in the address of the page, and in no table, log or cookie.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import Cast, RowNumber
from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from stories import folding, locales
from stories.countries import sort_key
from stories.models import Country, SearchEntry, Theme
from stories.search import SEARCHABLE, Searchable

QUERY_LENGTH = 100
TERMS_COUNT = 8
EXCERPT_LENGTH = 240
LEAD_LENGTH = 80  # of an excerpt, before the first word that was found


@dataclass(frozen=True)
class Question:
    """What somebody looks for: of which kind, in which country and on which theme (its slug)."""

    query: str
    kind: str = ""
    country: str = ""
    theme: str = ""

    @property
    def terms(self) -> list[str]:
        """What a text must contain, all of it."""
        return folding.terms(self.query[:QUERY_LENGTH])[:TERMS_COUNT]

    @property
    def is_narrow(self) -> bool:
        """Whether something is chosen besides the words."""
        return bool(self.kind or self.country or self.theme)

    def among(self, offers: "Offers") -> "Question":
        """The question without choices that nobody is offered, whatever stands in an address."""
        return Question(
            self.query,
            self.kind if self.kind in {kind.kind for kind in offers.kinds} else "",
            self.country if self.country in {row.code for row in offers.countries} else "",
            self.theme if self.theme in {row.slug for row in offers.themes} else "",
        )


@dataclass(frozen=True)
class Offers:
    """What can be chosen, since there is something of it."""

    kinds: list[Searchable]
    countries: list[Country]
    themes: list[Theme]


@dataclass(frozen=True)
class Found:
    """A row, and why it was found, with marks around the words."""

    searchable: Searchable
    row: Model
    language: str
    title: SafeString
    excerpt: SafeString

    @property
    def direction(self) -> str:
        """Which way its words run: by their language, whatever name an excerpt begins with."""
        return locales.direction(self.language)

    @property
    def is_foreign(self) -> bool:
        """Whether the excerpt runs another way, since only the title is translated."""
        return locales.direction_of(strip_tags(self.excerpt)) not in ("", self.direction)


def find(question: Question) -> QuerySet[SearchEntry]:
    """Entries of public rows with all the terms; titles first, then summaries, then the newest."""
    terms = question.terms
    if not terms:
        return SearchEntry.objects.none()
    in_title = _all(Q(folded_title__contains=term) for term in terms)
    in_head = _all(
        Q(folded_title__contains=term) | Q(folded_summary__contains=term) for term in terms
    )
    rank = Case(When(in_title, then=Value(0)), When(in_head, then=Value(1)), default=Value(2))
    entries = SearchEntry.objects.alias(**_keys_of_rows())
    entries = entries.filter(_public(question), folded__holds=terms)
    entries = _each_row_once(entries)
    # Countries and themes have no moment; they gather what there is, so they come first.
    return entries.order_by(rank, F("published_at").desc(nulls_first=True), "pk")


def _each_row_once(entries: QuerySet[SearchEntry]) -> QuerySet[SearchEntry]:
    """Of the languages in which a row was found, the reader's, else its own, else any."""
    # Sites with one language need not sort what they find for this.
    if not SearchEntry.objects.filter(is_translation=True).exists():
        return entries
    nearness = Case(
        When(language=get_language(), then=Value(0)),
        When(is_translation=False, then=Value(1)),
        default=Value(2),
    )
    place = Window(RowNumber(), ["kind", "key"], order_by=[nearness, "language"])
    return entries.alias(place_among_languages=place).filter(place_among_languages=1)


def offers() -> Offers:
    """Kinds, countries and themes of what is public."""
    kinds = set(SearchEntry.objects.order_by().values_list("kind", flat=True).distinct())
    offered = sorted(_with_rows(Country, "country_path"), key=lambda c: sort_key(c.name))
    return Offers(
        kinds=[searchable for searchable in SEARCHABLE.values() if searchable.kind in kinds],
        countries=offered,
        themes=list(_with_rows(Theme, "theme_path").translated()),
    )


def _with_rows(model: type[Country | Theme], path_name: str) -> QuerySet:
    """Countries or themes to which a public row belongs, besides themselves."""
    condition = Q(pk__in=[])
    for searchable in SEARCHABLE.values():
        path = getattr(searchable, path_name)
        if path not in ("", "pk"):
            rows = searchable.public().filter(**{path: OuterRef("pk")})
            condition |= Q(Exists(rows.order_by()))
    return model.objects.filter(condition)


def present(entries: list[SearchEntry], question: Question) -> list[Found]:
    """The rows of these entries, in their order; one that is gone by now is left out."""
    rows = {}
    for searchable in SEARCHABLE.values():
        keys = [entry.key for entry in entries if entry.kind == searchable.kind]
        if keys:
            for row in searchable.public().filter(pk__in=keys):
                rows[searchable.kind, str(row.pk)] = (searchable, row)
    return [
        _found(entry, *rows[entry.kind, entry.key], question.terms)
        for entry in entries
        if (entry.kind, entry.key) in rows
    ]


def _all(conditions: Iterator[Q]) -> Q:
    return reduce(and_, conditions)


def _public(question: Question) -> Q:
    """Entries whose rows anybody may see now, of the kind, country and theme asked for."""
    condition = Q(pk__in=[])
    for searchable in SEARCHABLE.values():
        if question.kind in ("", searchable.kind):
            only = _only(searchable, question)
            if only is not None:
                rows = searchable.public().filter(pk=OuterRef(f"{searchable.kind}_key"), **only)
                condition |= Q(Exists(rows.order_by()))
    return condition


def _keys_of_rows() -> dict[str, Case]:
    """By `<kind>_key`: the key of an entry's row as the row's table has it, if it is of the kind.

    So the database looks up the rows that it found, and does not list all that are public.
    """
    return {
        f"{searchable.kind}_key": Case(
            When(kind=searchable.kind, then=Cast("key", output_field=model._meta.pk))
        )
        for model, searchable in SEARCHABLE.items()
    }


def _only(searchable: Searchable, question: Question) -> dict[str, str] | None:
    """What rows of a kind must fulfil; None where they have no such thing as was chosen."""
    chosen = [
        (searchable.country_path, "code", question.country),
        (searchable.theme_path, "slug", question.theme),
    ]
    chosen = [(path, name, value) for path, name, value in chosen if value]
    if not all(path for path, _name, _value in chosen):
        return None
    return {name if path == "pk" else f"{path}__{name}": value for path, name, value in chosen}


def _found(entry: SearchEntry, searchable: Searchable, row: Model, terms: list[str]) -> Found:
    # A country is named in the reader's language, whatever the name was by which it was found.
    title = str(row) if isinstance(row, Country) else entry.title
    excerpt = entry.summary
    in_summary = folding.places(entry.summary, terms)
    if not in_summary and (in_text := folding.places(entry.text, terms)):
        excerpt = _excerpt(entry.text, in_text[0][0])
    return Found(searchable, row, entry.language, _marked(title, terms), _marked(excerpt, terms))


def _excerpt(text: str, place: int) -> str:
    """A piece of the text around a place, cut between words where there are any."""
    begin = max(0, place - LEAD_LENGTH)
    if begin and (space := text.find(" ", begin, place)) > 0:
        begin = space + 1
    end = min(len(text), begin + EXCERPT_LENGTH)
    if end < len(text) and (space := text.rfind(" ", place + LEAD_LENGTH, end)) > 0:
        end = space
    return f"{'… ' if begin else ''}{text[begin:end]}{' …' if end < len(text) else ''}"


def _marked(text: str, terms: list[str]) -> SafeString:
    """The text as HTML with marks around the terms: each piece is escaped by itself."""
    pieces, done = [], 0
    for begin, end in folding.places(text, terms):
        pieces += [escape(text[done:begin]), f"<mark>{escape(text[begin:end])}</mark>"]
        done = end
    return mark_safe("".join([*pieces, escape(text[done:])]))  # noqa: S308 - escaped above
