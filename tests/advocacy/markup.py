"""What a page is made of, element by element."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """One start tag."""

    tag: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)


def elements(html: str) -> list[Element]:
    """All elements of a page, with the text directly in them."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))
        self.is_open = True

    def handle_data(self, data: str) -> None:
        """Keep what follows the last tag."""
        if self.is_open:
            self.found[-1].text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """What follows is not in it."""
        self.is_open = False
