"""Finds names in texts, however they are written: accents, case, order, hyphens, other scripts.

A text becomes words; a name becomes keys, each the letters of all its words in one order. A name
is found where neighbouring words together make a key, so that short names are not found inside
longer words, and "Jane Doe", "jane-doe", "JaneDoe" and "Doe, Jane" are one.

Between scripts only sounds can be compared: Cyrillic or Greek with Latin by a rough spelling,
Arabic or Hebrew, which leave out vowels, by the consonants, and only where these are enough.
Inflected names ("Ивана" for "Иван") are not found: enter them too.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations
from urllib.parse import unquote

from anyascii import anyascii

# Where one word is not parted from the next.
UNPARTED_LETTERS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_VOWELLESS = re.compile("[\u0590-\u07ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_INLINE_TAGS = re.compile(r"</?(?:a|b|i|em|strong|span|u|s|sub|sup|mark|bdi|wbr)\b[^<>]*>", re.I)
_TAGS = re.compile(r"<[^<>]*>")
_ATTRIBUTES = re.compile(r"""(?:href|src|title|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_WORDS = re.compile(r"[^\W_]+")
# One letter for those that are written one for another; marks are gone by then.
_ARABIC = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ٱ": "ا", "ـ": None})
# Words that Arabic and Hebrew write together with the next one.
_GLUED = re.compile(r"\b(?:وال|بال|لل|ال|و|ب|ل|ف|ו|ה|ב|ל|מ|ש|כ)(?=\w{3})")

_MOST_PERMUTED = 4  # words of a name; longer ones are looked for as they are, and turned round
_TOGETHER_LETTERS = 6  # a name of two words is found where it is written as one
_INSIDE_LETTERS = 7  # a name of two words is found inside a longer word from here on
_CONSONANTS = 6  # fewer are shared by too many names

LATIN, OTHER, VOWELLESS, UNPARTED = "latin", "other", "vowelless", "unparted"
Word = tuple[str, str]  # in Latin letters, and the kind of script that it was written in


class Matcher:
    """A list of names, ready to be looked for; `find` gives their places in the list."""

    def __init__(self, names: Iterable[str]) -> None:
        self.plain = _Keys()
        self.sounds_of_latin, self.sounds_of_others = _Keys(), _Keys()
        self.bones_of_vowelless, self.bones_of_others = _Keys(), _Keys()
        self.raw: list[tuple[str, int]] = []
        for number, name in enumerate(names):
            self._add(name, number)

    def _add(self, name: str, number: int) -> None:
        words = _words(_clean(name))
        kinds = {kind for _, kind in words}
        spelled = [word for word, _ in words]
        if UNPARTED in kinds:
            self.raw.append((re.sub(r"[\s·]+", "", _clean(name)).casefold(), number))
            # In its own script letters are compared, since many share a sound.
            self.sounds_of_others.add([_sound(word) for word in spelled], number)
            return
        self.plain.add(spelled, number)
        others = self.sounds_of_latin if kinds == {LATIN} else self.sounds_of_others
        others.add([_sound(word) for word in spelled], number)
        bones = [_bones(word) for word in spelled]
        if len(bones) > 1 and len("".join(bones)) >= _CONSONANTS:
            is_vowelless = VOWELLESS in kinds
            (self.bones_of_vowelless if is_vowelless else self.bones_of_others).add(bones, number)

    def find(self, text: str) -> set[int]:
        """The numbers of the names that stand in a text; HTML and addresses are read too."""
        text = _clean(_visible(text))
        found = self._find(text)
        # Once more without the words that are written together with a name.
        return found | self._find(_GLUED.sub("", text)) if _VOWELLESS.search(text) else found

    def _find(self, text: str) -> set[int]:
        words = _words(text)
        kinds = {kind for _, kind in words}
        found = self.plain.find([None if kind == UNPARTED else word for word, kind in words])
        found |= self.sounds_of_others.find([_sound(w) if k == LATIN else None for w, k in words])
        if kinds - {LATIN}:
            sounds = [None if kind == LATIN else _sound(word) for word, kind in words]
            found |= self.sounds_of_latin.find(sounds)
            found |= self._find_raw(text)
        return found | self._find_bones(words, kinds)

    def _find_raw(self, text: str) -> set[int]:
        together = re.sub(r"[\s·]+", "", text).casefold()
        return {number for name, number in self.raw if name in together}

    def _find_bones(self, words: list[Word], kinds: set[str]) -> set[int]:
        found = set()
        if self.bones_of_vowelless:
            bones = [None if kind == VOWELLESS else _bones(word) for word, kind in words]
            found |= self.bones_of_vowelless.find(bones)
        if VOWELLESS in kinds:
            bones = [_bones(word) if kind == VOWELLESS else None for word, kind in words]
            found |= self.bones_of_others.find(bones)
        return found


class _Keys:
    """Keys and all their beginnings, so that most words of a text are passed by at once."""

    def __init__(self) -> None:
        self.numbers: dict[str, set[int]] = {}
        self.beginnings: set[str] = set()
        self.single: set[str] = set()  # of names of one word
        self.long: dict[str, set[int]] = {}

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def add(self, words: list[str], number: int) -> None:
        """A name in each order of its words."""
        words = [word for word in words if word]
        if not words:
            return
        turned = [words, words[-1:] + words[:-1], words[1:] + words[:1]]
        orders = permutations(words) if len(words) <= _MOST_PERMUTED else turned
        for key in {"".join(order) for order in orders}:
            self.numbers.setdefault(key, set()).add(number)
            self.beginnings.update(key[:length] for length in range(1, len(key) + 1))
            if len(words) == 1:
                self.single.add(key)
            elif len(key) >= _INSIDE_LETTERS:
                self.long.setdefault(key, set()).add(number)

    def find(self, words: list[str | None]) -> set[int]:
        """Where neighbouring words make a key; None parts what stands before and behind it."""
        found: set[int] = set()
        if not self.numbers:
            return found
        beginnings = self.beginnings
        for place, word in enumerate(words):
            if word in beginnings:
                found |= self._find_from(words, place)
        return found | self._find_inside(words)

    def _find_from(self, words: list[str | None], place: int) -> set[int]:
        found, together = set(), ""
        for number, word in enumerate(words[place : place + 40]):
            if word is None or (together := together + word) not in self.beginnings:
                break
            # "Bo Li" is not meant by "boli": the short ones must be written apart.
            if number or together in self.single or len(together) >= _TOGETHER_LETTERS:
                found |= self.numbers.get(together, set())
        return found

    def _find_inside(self, words: list[str | None]) -> set[int]:
        if not self.long:
            return set()
        long = " ".join({word for word in words if word and len(word) > _INSIDE_LETTERS})
        return set().union(*(numbers for key, numbers in self.long.items() if key in long))


def letters_count(name: str) -> int:
    """How many letters a name has, to refuse one that would be found everywhere.

    A sign that stands for a syllable says as much as two.
    """
    return sum(2 if kind == UNPARTED else len(word) for word, kind in _words(_clean(name)))


def _visible(text: str) -> str:
    # What the reader sees, and what links lead to: the name may stand in either.
    if "<" in text:
        hidden = [one or other for one, other in _ATTRIBUTES.findall(text)]
        text = " ".join([_TAGS.sub(" ", _INLINE_TAGS.sub("", text)), *hidden])
    if "&" in text:
        text = html.unescape(text)
    return f"{text} {unquote(text)}" if "%" in text else text


def _clean(text: str) -> str:
    """Letters without marks, and without what can't be seen."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    # Put together again: Korean syllables fall apart into letters above.
    return unicodedata.normalize("NFC", kept.translate(_ARABIC))


def _words(text: str) -> list[Word]:
    """The words of a clean text in small Latin letters, with the kind of script of each."""
    return [word for written in _WORDS.findall(text) for word in _read(written)]


@lru_cache(maxsize=20_000)
def _read(written: str) -> tuple[Word, ...]:
    if written.isascii() and written.isalpha() and (written.islower() or written.istitle()):
        return ((written.lower(), LATIN),)
    parts = _CAMEL.sub(" ", UNPARTED_LETTERS.sub(lambda letter: f" {letter[0]} ", written)).split()
    return tuple((spelled, _kind(part)) for part in parts if (spelled := _spelled(part)))


def _spelled(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", anyascii(word).lower())


def _kind(word: str) -> str:
    if UNPARTED_LETTERS.search(word):
        return UNPARTED
    if _VOWELLESS.search(word):
        return VOWELLESS
    return LATIN if word.isascii() or _LATIN.search(word) else OTHER


# What is spelled one way in one country and another way in the next.
_SOUNDS = [("x", "ks"), ("kh", "h"), ("ph", "f"), ("w", "v"), ("ck", "k"), ("y", "i"), ("j", "i")]


@lru_cache(maxsize=20_000)
def _sound(word: str) -> str:
    for spelling, sound in _SOUNDS:
        word = word.replace(spelling, sound)
    return re.sub(r"(.)\1+", r"\1", word)


@lru_cache(maxsize=20_000)
def _bones(word: str) -> str:
    """The consonants of a word, each once where it is doubled."""
    word = word.replace("gh", "q").replace("sh", "s")
    word = re.sub(r"(?<=.)h$|[aeiouywv]", "", word)
    return re.sub(r"(.)\1+", r"\1", word)
