"""How groups of signatures, and what was done with them, are said to editors."""

from datetime import date
from typing import NamedTuple

from django.forms import Form
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from petitions import review
from petitions.models import Invalidation
from petitions.review import Group, Review
from stories import figures

# Of each kind, and whatever stands out besides; the others are one press away.
_SHOWN = {review.HOURS: 24, review.CLASSES: 12, review.NETWORKS: 20}

_HEADINGS = {
    review.HOURS: gettext_lazy("By hour"),
    review.CLASSES: gettext_lazy("By kind of mail provider"),
    review.NETWORKS: gettext_lazy("By network"),
}
_HELP = {
    review.HOURS: gettext_lazy("When people signed, in UTC. The latest first."),
    review.CLASSES: gettext_lazy(
        "Other providers are spread over 64 groups by chance, so that no group is one provider."
    ),
    review.NETWORKS: gettext_lazy(
        "Networks are spread over some thousand groups by chance, each day anew. A large one may "
        "be a city’s mobile network, a university or people who hide behind Tor."
    ),
}
_DONE = {
    "hold": gettext_lazy("Held"),
    "remove": gettext_lazy("Taken off the count"),
    "release": gettext_lazy("Let count"),
    "remove_held": gettext_lazy("Held ones taken off the count"),
}


class Row(NamedTuple):
    """A group with its name, and whether it is ticked."""

    group: Group
    label: str
    is_chosen: bool


class Table(NamedTuple):
    """One kind of group: what is shown at once, and what on demand."""

    kind: str
    heading: str
    help: str
    rows: list[Row]
    more: list[Row]
    others: int


class Done(NamedTuple):
    """An invalidation, as its line says it."""

    row: Invalidation
    act: str
    criteria: list[str]
    most: int
    state: str


def tables(seen: Review, form: Form) -> list[Table]:
    """The three tables of the review."""
    return [_table(kind, seen, form) for kind in review.KINDS]


def of_criteria(criteria: dict[str, list[str]]) -> list[str]:
    """What was chosen: a sentence's part for each kind."""
    return [
        ", ".join(of_group(kind, key) for key in criteria[kind])
        for kind in review.KINDS
        if criteria.get(kind)
    ]


def of_group(kind: str, key: str) -> str:
    """The name of a group."""
    if kind == review.CLASSES:
        return _of_class(key)
    day, _blank, number = key.partition(" ")
    day = figures.day(date.fromisoformat(day), "MONTH_DAY_FORMAT")
    if kind == review.HOURS:
        return figures.written(f"{day}, {number}:00–{(int(number) + 1) % 24:02}:00")
    return _("%(day)s, group %(number)s") % {"day": day, "number": figures.written(number)}


def of_invalidation(row: Invalidation) -> Done:
    """What was done, to whom, and how far it is."""
    if row.is_undone:
        state = _("undone") if row.finished_at else _("is being undone")
    else:
        state = _("done") if row.finished_at else _("under way")
    act = _DONE.get(row.criteria.get("act", ""), "")
    return Done(row, act, of_criteria(row.criteria), max(row.expected_count, 1), state)


def _of_class(key: str) -> str:
    names = {"large": _("large providers"), "throwaway": _("providers of throw-away addresses"),
             "unknown": _("not known")}  # fmt: skip
    number = key.removeprefix("other ")
    return names.get(key) or _("other providers, group %(number)s") % {
        "number": figures.written(number)
    }


def _table(kind: str, seen: Review, form: Form) -> Table:
    chosen = form.data.getlist(kind) if form.is_bound else []
    groups = sorted(seen.groups[kind], key=_ORDER[kind])
    rows = [Row(group, of_group(kind, group.key), group.key in chosen) for group in groups]
    first = rows[: _SHOWN[kind]]
    first += [row for row in rows[len(first) :] if row.group.is_marked or row.is_chosen]
    more = [row for row in rows if row not in first]
    # What stands out is to be seen first.
    first.sort(key=lambda row: not row.group.is_marked)
    return Table(kind, _HEADINGS[kind], _HELP[kind], first, more, seen.others[kind])


_ORDER = {
    review.HOURS: lambda group: tuple(-ord(c) for c in group.key),
    review.CLASSES: lambda group: (group.key.startswith("other"), -group.signed),
    review.NETWORKS: lambda group: -group.signed,
}
