"""The last day on which one could still sign."""

from datetime import UTC, date, datetime

import pytest

from stories.templatetags.days import last_day


@pytest.mark.parametrize(
    ("end", "day"),
    [(datetime(2026, 12, 10, 0, 0, tzinfo=UTC), date(2026, 12, 9)),
     (datetime(2026, 12, 10, 0, 1, tzinfo=UTC), date(2026, 12, 10)),
     (datetime(2026, 12, 10, 23, 59, tzinfo=UTC), date(2026, 12, 10)),
     (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), date(2026, 12, 31)), (None, None)]
)  # fmt: skip
def test_what_ends_at_midnight_was_open_until_the_day_before(end, day):
    assert last_day(end) == day
