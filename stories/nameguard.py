"""The names that must never be published, and whether a text holds one of them."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from stories import locking
from stories.mentions import Mention, mentions
from stories.models import GuardedName
from stories.namesearch import Matcher, letters_count

FEWEST_LETTERS = 3  # shorter names stand in every text


def guard(name: str, note: str = "") -> GuardedName:
    """Put a name on the list. Raises Locked where it could not be kept secret."""
    return GuardedName.objects.create(locked_name=locking.lock(name.strip()), note=note)


def search() -> Callable[[str], list[int]]:
    """What finds the numbers of the guarded names in texts. Raises Locked.

    It asks the database once, for as many texts as a form has.
    """
    numbers, matcher = _guard()
    return lambda text: sorted(numbers[place] for place in matcher.find(text))


def found_in(text: str) -> list[int]:
    """The numbers of the guarded names that stand in one text. Raises Locked."""
    return search()(text)


def stored(of: Iterable[GuardedName] | None = None) -> list[Mention]:
    """Where names of the list stand in what is stored already. Raises Locked.

    The numbers in each mention are those of the names. The list's own notes are searched too.
    """
    numbers, matcher = _guard(of)
    found = mentions(matcher) if numbers else []
    return [Mention(m.row, m.field, {numbers[place] for place in m.numbers}) for m in found]


def is_too_short(name: str) -> bool:
    """Whether a name would be found everywhere."""
    return letters_count(name) < FEWEST_LETTERS


def _guard(of: Iterable[GuardedName] | None = None) -> tuple[list[int], Matcher]:
    rows = GuardedName.objects.all() if of is None else of
    rows = [(row.pk, bytes(row.locked_name)) for row in rows]
    return [number for number, _ in rows], _matcher(tuple(locked for _, locked in rows))


@lru_cache(maxsize=2)
def _matcher(locked: tuple[bytes, ...]) -> Matcher:
    # Made once for a list: unlocking and sorting 500 names takes as long as reading a text.
    return Matcher(locking.unlock(list(locked)))
