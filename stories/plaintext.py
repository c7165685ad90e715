"""A text that editors wrote, as plain words: for letters, which must be readable anywhere."""

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

_BLOCKS = {"p", "h2", "h3", "ul", "ol", "li", "blockquote"}


def plain(html: str) -> str:
    """Paragraphs apart, points with a dash or a number, links as “text (address)”."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text


def words(html: str) -> str:
    """Nothing but the words, a blank between paragraphs: for search."""
    without_blocks = re.sub(rf"</?(?:{'|'.join(_BLOCKS)}|br)\b[^>]*>", " ", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", without_blocks)).split())


def with_whole_links(html: str, site_url: str) -> str:
    """The text with links into this site that work elsewhere, as in a letter."""
    return html.replace('href="/', f'href="{site_url}/')


@dataclass
class _Margin:
    """What stands before the lines of a quotation or of a point: at first, and from then on."""

    first: str
    rest: str

    def next(self) -> str:
        """The one for the next line."""
        now, self.first = self.first, self.rest
        return now


class _Writer(HTMLParser):
    """Knows what `richtext.py` lets through; of anything else it keeps the words."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.words = ""  # of the paragraph that we are in
        self.margins: list[_Margin] = []
        self.numbers: list[int | None] = []  # of the lists that we are in; None where dashes are
        self.was_in_list = False
        self.address = ""
        self.link_begins = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a paragraph, a point, a link."""
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in ("ul", "ol"):
            self.numbers.append(int(dict(attrs).get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            mark = self._mark()
            self.margins.append(_Margin(mark, " " * len(mark)))
        elif tag == "blockquote":
            self.margins.append(_Margin("> ", "> "))
        elif tag == "br":
            self.words = self.words.rstrip(" ") + "\n"
        elif tag == "a":
            self.address, self.link_begins = dict(attrs).get("href") or "", len(self.words)

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if tag == "a":
            self._end_link()
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in ("li", "blockquote") and self.margins:
            self.margins.pop()
        if tag in ("ul", "ol") and self.numbers:
            self.numbers.pop()

    def handle_data(self, data: str) -> None:
        """Words, with single blanks."""
        if data[:1].isspace() and self.words and not self.words[-1].isspace():
            self.words += " "
        self.words += " ".join(data.split())
        if data[-1:].isspace() and data.strip():
            self.words += " "

    def close(self) -> None:
        """Keep what no tag ended."""
        super().close()
        self._end_paragraph()

    def _mark(self) -> str:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "- "
        self.numbers[-1] = number + 1
        return f"{number}. "

    def _end_link(self) -> None:
        words = self.words[self.link_begins :].strip()
        address = self.address.removeprefix("mailto:")
        if address and address != words:
            self.words = f"{self.words.rstrip()} ({address})" if words else self.words + address
        self.address = ""

    def _end_paragraph(self) -> None:
        lines, self.words = self.words.strip().splitlines(), ""
        if not lines:
            return
        is_point = bool(self.numbers and self.margins) and self.margins[-1].first.strip() != ""
        if self.text:  # points of one list stand close together
            self.text += "\n" if is_point and self.was_in_list else "\n\n"
        margined = ["".join(m.next() for m in self.margins) + line.strip() for line in lines]
        self.text += "\n".join(margined)
        self.was_in_list = bool(self.numbers)
