"""Signatures by hour as bars: drawn here, so that the page needs no script."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from petitions.review import Group
from stories import figures

HEIGHT = 100


class Bar(NamedTuple):
    """One hour."""

    x: int
    y: float
    height: float
    signed: int
    label: str
    is_marked: bool


class Chart(NamedTuple):
    """All hours from the first to the last that can be shown."""

    bars: list[Bar]
    width: int
    most: int
    first_day: datetime
    last_day: datetime


def bars(groups: list[Group]) -> Chart | None:
    """A bar for each hour of which there is something to show; None where there is nothing."""
    if not groups:
        return None
    hours = {_hour(group): group for group in groups}
    first, last = min(hours), max(hours)
    most = max(group.signed for group in groups)
    drawn = [
        Bar(
            (hour - first) // timedelta(hours=1),
            round(HEIGHT - HEIGHT * group.signed / most, 1),
            round(HEIGHT * group.signed / most, 1),
            group.signed,
            figures.written(f"{figures.day(hour, 'MONTH_DAY_FORMAT')}, {hour:%H}:00"),
            group.is_marked,
        )
        for hour, group in sorted(hours.items())
    ]
    return Chart(drawn, max(drawn[-1].x + 1, 24), most, first, last)


def _hour(group: Group) -> datetime:
    return datetime.strptime(group.key, "%Y-%m-%d %H").replace(tzinfo=UTC)
