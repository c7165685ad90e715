"""In Persian every figure that the program writes for people is Persian, and none for machines."""

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from django.conf import settings

from petitions.models import Tally
from tests.advocacy.world import make_world
from tests.factories import make_petition, sign

pytestmark = pytest.mark.django_db

WESTERN, PERSIAN = re.compile("[0-9]"), re.compile("[۰-۹]")
# Addresses, and what editors called the rows of the tests' world.
NOT_OURS = re.compile(
    r"https?://\S+|\S+@\S+|(Free the|Story|Defender|Page|Theme) \d+|We wrote 2020; it was 2021\."
)
WITHOUT_END = {"meta", "link", "br", "img", "input", "hr", "source", "wbr"}
FOR_PEOPLE = {"aria-label", "alt", "placeholder", "data-sample"}
# Somebody types or names them exactly as they are.
CODES = {"reference", "code", "address"}


class Reader(HTMLParser):
    """Gathers a page's words in Persian, and what programs read of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str, set[str]]] = []
        self.words: list[str] = []
        self.for_machines: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in."""
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang") or (self.open[-1][1] if self.open else "")
        for name, value in given.items():
            (self.words if name in FOR_PEOPLE else self.for_machines).append(value)
        if tag not in WITHOUT_END:
            self.open.append((tag, language, set(given.get("class", "").split())))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in, and out again."""
        self.handle_starttag(tag, attrs)
        if tag not in WITHOUT_END:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Go out."""
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep it where it is in Persian and not for programs."""
        tags = {tag for tag, _, _ in self.open}
        classes = set().union(*(found for _, _, found in self.open))
        if tags & {"script", "style"}:
            self.for_machines.append(data)
        elif self.open and self.open[-1][1] == "fa" and not classes & CODES:
            self.words.append(data)


def western(words: list[str]) -> list[str]:
    """Where Western figures stand that nobody but the program can have written."""
    return [text for text in words if WESTERN.search(NOT_OURS.sub("", text))]


@pytest.mark.parametrize("before", ["/fa", "/lite/fa"])
def test_every_page_in_persian_has_persian_figures(client, before):
    world = make_world()
    Tally.objects.update_or_create(petition=world.open, defaults={"total": 1234567})
    wrong, seen = {}, 0
    for address in world.pages():
        address = before + address.removeprefix("/fa")
        page = Reader(client.get(address).content.decode())
        seen += sum(len(PERSIAN.findall(text)) for text in page.words)
        if found := western(page.words) + [t for t in page.for_machines if PERSIAN.search(t)]:
            wrong[address] = found
    assert wrong == {}
    assert seen > 500


def test_numbers_are_grouped_as_persians_do(client):
    petition = make_petition()
    Tally.objects.create(petition=petition, total=1234567)
    page = client.get(f"/fa{petition.get_absolute_url()}").content.decode()
    assert '<b class="count">۱٬۲۳۴٬۵۶۷</b>' in page
    assert 'value="1234567"' in page


def test_what_a_form_refuses_names_its_limit_in_persian(client):
    petition = make_petition(slug="free-ana")
    form = {"name": "م" * 121, "email": "mira@example.org", "level": "hand_in"}
    page = client.post(f"/fa{petition.get_absolute_url()}sign/", form).content.decode()
    assert "حداکثر ۱۲۰ نویسه" in page


def test_letters_in_persian_have_persian_figures(send_letters):
    sign(make_petition(title="آزادی"), language="fa")
    [mail] = send_letters().mails
    text = mail.get_body(("plain",)).get_content()
    code = re.compile(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b")
    assert code.search(text)
    assert western([code.sub("", text)]) == []
    assert PERSIAN.search(text)
    html = Reader(mail.get_body(("html",)).get_content())
    assert western([code.sub("", " ".join(html.words))]) == []
    assert not [value for value in html.for_machines if PERSIAN.search(value)]


def test_feeds_in_persian_have_persian_figures_in_their_words(client):
    petition = make_petition(occasion="The trial", occasion_on=date(2026, 3, 16))
    words = {"title": "آزادی", "text": "<p>آزادی</p>", "occasion": "دادگاه"}
    petition.translations.create(language="fa", words=words, is_published=True)
    [item] = client.get("/feeds/languages/fa/feed.json").json()["items"]
    assert "دادگاه، ۱۶ مارس ۲۰۲۶" in item["content_html"]
    assert item["date_published"].startswith("20")


def test_arabic_pages_have_western_figures(client):
    world = make_world()
    page = client.get(f"/ar{world.open.get_absolute_url()}").content.decode()
    assert not re.search("[٠-٩۰-۹]", page)


TEMPLATES = sorted(
    path
    for path in (settings.BASE_DIR / "templates").rglob("*")
    if path.suffix in (".html", ".txt")
)
COUNTED = re.compile(
    r"{% blocktranslate (?=[^%]*\bcount (\w+)=)(?:(?!%}).)*%}(.*?){% endblocktranslate %}", re.S
)


def test_a_counted_number_is_written_by_a_filter():
    raw = [
        (path.name, match[1])
        for path in TEMPLATES
        for match in COUNTED.finditer(path.read_text(encoding="utf-8"))
        if f"{{{{ {match[1]} }}}}" in match[2]
    ]
    assert raw == [], "count n=… with number=…|grouped: the blank would have Western figures"


def test_templates_write_no_number_past_our_filters():
    names = "floatformat|timesince|timeuntil|intcomma|naturaltime|stringformat"
    past = re.compile(rf"{{% *now |\|({names})\b")
    wrong = [path.name for path in TEMPLATES if past.search(path.read_text(encoding="utf-8"))]
    assert wrong == []


def test_python_writes_no_number_past_our_functions():
    past = re.compile(r"import .*\b(date_format|number_format|localize)\b|\.strftime\(")
    ours = {"figures.py", "numbers.py"}
    wrong = [
        str(path.relative_to(settings.BASE_DIR))
        for package in ("advocacy", "petitions", "stories")
        for path in (settings.BASE_DIR / package).rglob("*.py")
        if path.name not in ours and past.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []
