"""A text that editors wrote, as plain words: for letters, which must be readable anywhere."""

from html.parser import HTMLParser

_OWN_LINE = {"p", "h2", "h3", "li", "blockquote"}
_INDENT = {"ul": "  ", "ol": "  ", "blockquote": "> "}


def plain(html: str) -> str:
    """Paragraphs apart, points with a dash or a number, links as “text (address)”."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """Knows only what `richtext.py` lets through; the words of anything else are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []  # what stands before a block's lines, its words
        self.words = ""
        self.around: list[str] = []
        self.numbers: list[int] = []  # of the lists that we are in; 0 where points have a dash
        self.point = ""
        self.address = ""
        self.link_begins = 0

    def text(self) -> str:
        """All of it; points of a list stand close together."""
        text, before = "", ""
        for opening, words in self.blocks:
            is_point = opening.strip() not in ("", ">")
            was_point = before.strip() not in ("", ">")
            text += ("\n" if is_point and was_point else "\n\n") if text else ""
            rest = " " * len(opening) if is_point else opening
            text += opening + words.replace("\n", f"\n{rest}")
            before = opening
        return text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a list, a link."""
        if tag in _OWN_LINE or tag in _INDENT:
            self._end_block()
        if tag in _INDENT:
            self.around.append(_INDENT[tag])
        if tag in ("ul", "ol"):
            self.numbers.append(int(dict(attrs).get("start") or 1) if tag == "ol" else 0)
        elif tag == "li":
            self.point = self._next_point()
        elif tag == "br":
            self.words = self.words.rstrip(" ") + "\n"
        elif tag == "a":
            self.address, self.link_begins = dict(attrs).get("href") or "", len(self.words)

    def handle_endtag(self, tag: str) -> None:
        """End them."""
        if tag == "a":
            self._end_link()
        if tag in _OWN_LINE or tag in _INDENT:
            self._end_block()
        if tag in _INDENT and self.around:
            self.around.pop()
        if tag in ("ul", "ol") and self.numbers:
            self.numbers.pop()

    def handle_data(self, data: str) -> None:
        """Words, with single blanks."""
        if data[:1].isspace() and not self.words[-1:].isspace():
            self.words += " "
        self.words += " ".join(data.split())
        if data[-1:].isspace() and data.strip():
            self.words += " "

    def close(self) -> None:
        """Keep what no tag ended."""
        super().close()
        self._end_block()

    def _next_point(self) -> str:
        if not self.numbers or not self.numbers[-1]:
            return "- "
        self.numbers[-1] += 1
        return f"{self.numbers[-1] - 1}. "

    def _end_link(self) -> None:
        words = self.words[self.link_begins :].strip()
        address = self.address.removeprefix("mailto:")
        if address and address != words:
            self.words = f"{self.words.rstrip()} ({address})" if words else self.words + address
        self.address = ""

    def _end_block(self) -> None:
        if words := self.words.strip():
            # A point's mark takes the place of its list's indent.
            self.blocks.append(("".join(self.around) + self.point, words))
            self.point = ""
        self.words = ""
