"""What has become of somebody, and how much of it we know: said so that it claims no more."""

from datetime import date, timedelta

from django.utils import timezone

from stories.evidence import Precision, Source

CONFIRMED_FOR = timedelta(days=90)  # then a condition has to be looked at again
DEAD = ("killed", "died")  # of Defender.Condition
DAYS_COUNT = ("detained", "disappeared")  # where each day is one more that somebody is missed


def _today() -> date:
    return timezone.now().date()


class WithCondition:
    """What a profile says of its person's condition. Nothing here asks the database."""

    @property
    def is_remembered(self) -> bool:
        """Whether the page is a memorial: no red button, no counting of days."""
        return self.condition in DEAD

    @property
    def is_being_checked(self) -> bool:
        """Whether the page should say that it may be out of date. The dead are left in peace."""
        is_old = self.condition_confirmed_on < _today() - CONFIRMED_FOR
        is_due = self.review_by is not None and self.review_by < _today()
        return not self.is_remembered and (is_old or is_due)

    @property
    def since(self) -> Precision:
        """How exactly it is known since when."""
        return Precision(self.condition_since_precision)

    @property
    def days_count(self) -> int | None:
        """For how many days somebody has been held or missing; None where nobody can say.

        That is: where the first day is not known exactly, and where somebody detained may be free
        by now, for all we have heard. Whoever has disappeared is missing until they are found.
        """
        is_counted = self.condition in DAYS_COUNT and self.since == Precision.DAY
        may_be_free = self.condition == "detained" and self.is_being_checked
        if not is_counted or may_be_free or self.condition_since is None:
            return None
        days_count = (_today() - self.condition_since).days
        return days_count if days_count > 0 else None

    @property
    def shown_condition_source(self) -> Source | None:
        """Who confirmed it, where that may be said. Needs `condition_source` selected."""
        source = self.condition_source
        is_ours = source is not None and source.defender_id == self.pk
        return source if is_ours and not source.is_withheld else None
