"""When do two spellings count as one word? Text as search compares it.

Folded text is lower case, without accents, vowel signs and punctuation: words with one space
before each. Where a script writes no spaces, every letter stands alone, so that any part of a
sentence is found as words are, and by the same index.
"""

import re
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
    folded = " ".join(text.translate(_FOLDED).split())
    return f" {folded} " if folded else " "


def terms(query: str) -> list[str]:
    """What must be in a text for this query, each as it stands in folded text.

    A term begins with a space where it has to begin a word.
    """
    folded = [fold(piece).strip() for piece in query.split()]
    found = [term if _is_glued(term) else f" {term}" for term in folded if term]
    return list(dict.fromkeys(found))


def _is_glued(term: str) -> bool:
    # Two letters are in too many words; and no index of three letters knows them.
    return len(term) > 2 and _GLUES_WORDS.match(term) is not None


def places(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """Where in the text the terms stand, as (begin, end), in order and without overlap."""
    pieces = [_FOLDED[ord(character)] for character in text]
    folded = "".join(pieces)
    origins = [place for place, piece in enumerate(pieces) for _ in piece]
    spans = []
    for term in terms:
        for match in re.finditer(_pattern(term), folded):
            begin, end = origins[match.start()], origins[match.end() - 1] + 1
            while end < len(text) and not pieces[end]:  # an accent belongs to its letter
                end += 1
            spans.append((begin, end))
    return _merged(spans)


def _pattern(term: str) -> str:
    """A term in a text whose spaces were left as they are."""
    words = " +".join(re.escape(word) for word in term.split())
    return rf"(?:^|(?<= )){words}" if term.startswith(" ") else words


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


class _Folded(dict):
    """By the number of a character: its letters, a space, or nothing where it changes another.

    Filled as characters are met, of which there are some ten thousand on a site of many languages.
    """

    def __missing__(self, number: int) -> str:
        letters = normalize("NFKD", normalize("NFKD", chr(number)).casefold()).translate(_SAME)
        self[number] = "".join(_letter(letter) for letter in letters)
        return self[number]


_FOLDED = _Folded()


def _letter(letter: str) -> str:
    if combining(letter) or category(letter) == "Cf":  # accents, vowel points; joiners
        return ""
    if (number := digit(letter, None)) is not None:
        return str(number)
    if not letter.isalnum() and not category(letter).startswith("M"):
        return " "
    return f" {letter} " if _WITHOUT_SPACES.match(letter) else letter
