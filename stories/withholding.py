"""Takes names out of texts that stay: “[name withheld]” stands where they stood.

Where a name stands is asked of the same `Matcher` that finds it, by trying shorter and shorter
pieces of the text. So whatever is found is also found to be replaced: in HTML and in attributes,
with accents, in another order or another script. What is left is searched once more, and whatever
can't be rewritten by a machine is named and never passed over.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from stories.namesearch import UNPARTED_LETTERS, Matcher, letters_count

FEWEST_LETTERS = 3  # of a name that is looked for; shorter ones stand everywhere

_PIECES = re.compile(r"<[^<>]*>|&(?:#\d+|#x[0-9a-f]+|[a-z]\w*);|.", re.I | re.S)
_ATTRIBUTES = re.compile(r"""\s+([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TAGS = re.compile(r"<[^<>]*>")
_READ_ATTRIBUTES = {"alt", "title", "aria-label"}  # words; others lead somewhere
_MOST_ROUNDS = 3
_FIRST_STEP = 8  # pieces that are looked at together, doubled while nothing is found


@dataclass(frozen=True)
class Sought:
    """What is to be found of somebody or something."""

    names: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    # Of a name. Alone they mean somebody only where the whole name stands as well.
    parts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.names or self.titles)

    @cached_property
    def whole(self) -> Matcher:
        """Finds names and titles."""
        return Matcher([*self.names, *self.titles])

    @cached_property
    def each(self) -> list[tuple[Matcher, bool]]:
        """The same one by one, and whether it is a title. The longest first: else “Ana Ruiz”
        would become “[name withheld] Ruiz”, where “Ana” is a name, too."""
        marked = [(name, False) for name in self.names] + [(name, True) for name in self.titles]
        marked.sort(key=lambda one: (-len(one[0].split()), -len(one[0])))
        return [(Matcher([name]), is_title) for name, is_title in marked]

    @cached_property
    def each_part(self) -> Matcher:
        """Finds the parts of names."""
        return Matcher(self.parts)

    def stands_in(self, text: str, with_parts: bool = False) -> bool:
        """Whether any of it stands in a text."""
        return bool(self.whole.find(text) or (with_parts and self.each_part.find(text)))


def sought(
    names: Iterable[str], titles: Iterable[str] = (), parts_of: Iterable[str] = ()
) -> Sought:
    """What is to be looked for; without what is too short to mean anybody."""
    names, titles = _long_enough(names), _long_enough(titles)
    words = [word for name in parts_of for word in re.split(r"[\s\-·,]+", name)]
    # “van”, “bin” and “de la” begin small and stand in every text.
    parts = [word for word in _long_enough(words) if not word[0].islower()]
    known = {name.casefold() for name in names}
    return Sought(names, titles, [part for part in parts if part.casefold() not in known])


def _long_enough(names: Iterable[str]) -> list[str]:
    stripped = dict.fromkeys(" ".join(name.split()) for name in names)
    return [name for name in stripped if letters_count(name) >= FEWEST_LETTERS]


def withhold(text: str, of: Sought, with_parts: bool = False) -> tuple[str, list[str]]:
    """The text without what is sought, and the words that stood there.

    Whoever asks has to look whether anything is left: `of.stands_in(text, with_parts)`.
    """
    taken: list[str] = []
    for matcher, is_title in of.each:
        text = _rewritten(text, matcher, _words(is_title), taken)
    if with_parts and of.parts:
        text = _rewritten(text, of.each_part, _words(False), taken)
    return text, list(dict.fromkeys(taken))


def _words(is_title: bool) -> str:
    return _("[title withheld]") if is_title else _("[name withheld]")


def _rewritten(text: str, matcher: Matcher, words: str, taken: list[str]) -> str:
    for _round in range(_MOST_ROUNDS):
        if not matcher.find(text):
            return text
        before, text = text, _once(text, matcher, words, taken)
        if text == before:
            break
    return text


def _once(text: str, matcher: Matcher, words: str, taken: list[str]) -> str:
    text = _TAGS.sub(lambda tag: _tag_without(tag[0], matcher, words, taken), text)
    pieces, place = _pieces(text), 0
    while found := _next(matcher, pieces, place):
        first, last = found
        said = "".join(piece for piece in pieces[first:last] if not _is_tag(piece))
        if not said.strip():
            break
        taken.append(html.unescape(said))
        instead = _with_words(pieces[first:last], words)
        pieces[first:last] = instead
        place = first + len(instead)
    return re.sub(rf"({re.escape(words)})(?:[\s\-·]+\1)+", r"\1", "".join(pieces))


def _next(matcher: Matcher, pieces: list[str], start: int) -> tuple[int, int] | None:
    """The next run of pieces in which something is found, and no shorter one at either end."""

    def _has(first: int, last: int) -> bool:
        return bool(matcher.find("".join(pieces[first:last])))

    end, step = start, _FIRST_STEP
    while True:
        if end >= len(pieces):
            return None
        before, end, step = end, min(end + step, len(pieces)), step * 2
        if _has(start, end):
            break
    last = _turn(before, end, lambda middle: _has(start, middle))
    # Backwards: the longest beginning that can be left out.
    first = _turn(last, start, lambda middle: _has(middle, last))
    return first, last


def _turn(without: int, having: int, is_there: Callable[[int], bool]) -> int:
    """The place next to which it is no longer found."""
    while abs(having - without) > 1:
        middle = (having + without) // 2
        if is_there(middle):
            having = middle
        else:
            without = middle
    return having


def _with_words(run: list[str], words: str) -> list[str]:
    """The words where the first piece of text was. Tags stay, so that what opens is closed."""
    place = next(number for number, piece in enumerate(run) if not _is_tag(piece))
    tags = [[piece for piece in part if _is_tag(piece)] for part in (run[:place], run[place:])]
    return [*tags[0], words, *tags[1]]


def _tag_without(tag: str, matcher: Matcher, words: str, taken: list[str]) -> str:
    """A tag whose attributes don't tell: words are replaced, and what leads there is left out."""

    def _attribute(found: re.Match) -> str:
        value = html.unescape(found[2] if found[2] is not None else found[3])
        if not matcher.find(value):
            return found[0]
        if found[1].lower() not in _READ_ATTRIBUTES:
            taken.append(value)
            return ""
        return f' {found[1]}="{html.escape(_rewritten(value, matcher, words, taken))}"'

    return _ATTRIBUTES.sub(_attribute, tag)


def _pieces(text: str) -> list[str]:
    """Tags, words, and each other sign by itself; signs of scripts without spaces, too."""
    pieces: list[str] = []
    is_word = False
    for piece in _PIECES.findall(text):
        sign = html.unescape(piece) or piece if piece[0] == "&" else piece
        # Accents and signs that nobody sees belong to the letter before them.
        is_mark = unicodedata.category(sign[0]) in ("Mn", "Mc", "Me", "Cf")
        is_letter = sign[0].isalnum() and not UNPARTED_LETTERS.match(sign)
        goes_on = is_word and is_letter or is_mark and pieces and not _is_tag(pieces[-1])
        if goes_on:
            pieces[-1] += piece
        else:
            pieces.append(piece)
        is_word = is_letter or (is_mark and is_word)
    return pieces


def _is_tag(piece: str) -> bool:
    return len(piece) > 2 and piece[0] == "<" and piece[-1] == ">"
