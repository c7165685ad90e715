"""When do two spellings count as one word? Text as search compares it.

Folded text is lower case, without accents, vowel signs and punctuation: words with one space
before each. Where a script writes no spaces, every letter stands alone, so that any part of a
sentence is found as words are, and by the same index.
"""

import re
from functools import lru_cache
from unicodedata import category, combining, digit, normalize

# Letters that Unicode does not take apart, and letters of one sound that keyboards differ in.
_SAME = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه",
        "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
        "ـ": "",  # tatweel only stretches a line
    }
)  # fmt: skip
# Thai, Lao, Tibetan, Burmese, Khmer, Chinese, Japanese: no spaces between words.
_WITHOUT_SPACES = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uaa60-\uaa7f"
    r"\U00020000-\U0003ffff]"
)
# Hebrew, Arabic, Syriac: “and”, “in”, “the” are written as one word with what follows.
_GLUES_WORDS = re.compile(r"[\u0590-\u08ff]")


def fold(text: str) -> str:
    """The text as it is compared, with a space at both ends; a single space if nothing is left."""
    return _with_places(text)[0]


def terms(query: str) -> list[str]:
    """What must be in a text for this query, each as it stands in folded text.

    A term begins with a space where it has to begin a word.
    """
    folded = [fold(piece).strip() for piece in query.split()]
    found = [term if _GLUES_WORDS.match(term) else f" {term}" for term in folded if term]
    return list(dict.fromkeys(found))


def places(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """Where in the text the terms stand, as (begin, end), in order and without overlap."""
    folded, origins = _with_places(text)
    spans = []
    for term in terms:
        bare = term.strip()
        for match in re.finditer(re.escape(term), folded):
            end = match.end()
            spans.append((origins[end - len(bare)], origins[end - 1] + 1))
    return _merged(spans)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its letters the place in the text that it comes from."""
    letters, origins = [" "], [0]
    for place, character in enumerate(text):
        for letter in _folded(character):
            if letter != " " or letters[-1] != " ":
                letters.append(letter)
                origins.append(place)
    if letters[-1] != " ":
        letters.append(" ")
        origins.append(len(text))
    return "".join(letters), origins


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    """One character: its letters, a space, or nothing where it only changes its neighbour."""
    letters = normalize("NFKD", normalize("NFKD", character).casefold()).translate(_SAME)
    return "".join(_letter(letter) for letter in letters)


def _letter(letter: str) -> str:
    if combining(letter) or category(letter) == "Cf":  # accents, vowel points; joiners
        return ""
    if (number := digit(letter, None)) is not None:
        return str(number)
    if not letter.isalnum() and not category(letter).startswith("M"):
        return " "
    return f" {letter} " if _WITHOUT_SPACES.match(letter) else letter
