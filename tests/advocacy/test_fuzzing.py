"""Whatever is sent: a valid page, no fault of ours, nothing stored that is none, no word in a log.

A few examples here, always the same. For thousands of new ones:
FUZZ_EXAMPLES=5000 python -m pytest tests/advocacy/test_fuzzing.py
"""

import gzip
import logging
import os
import time
from urllib.parse import quote_from_bytes, urlencode

import brotli
import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from petitions import guard
from tests.advocacy.test_logs import Lines
from tests.advocacy.world import make_world
from tests.factories import everything_stored, token_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))
some = settings(
    max_examples=EXAMPLES or 15,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# Stands in everything that is sent, so that a log which quotes any of it is noticed.
MARK = "zqxMIRAxqz"
NASTY = [
    "", " ", MARK, f"{MARK}\x00", "\x00", "\r\nSet-Cookie: a=b", f"<script>{MARK}</script>",
    "{{7*7}}",
    "' OR 1=1 --", '"; DROP TABLE x; --', "../../../etc/passwd", "%00", "%s%n%d", "${jndi:x}",
    "=1+1",
    "-1", "0", "1e400", "9" * 400, "NaN", "٣", "½", "²", "1_000", "１２", "true", "None", "[]",
    "{}",
    "\u202e\u2066gnp.exe", "é" * 300, "🏳️‍🌈" * 50, "a" * 5000, "\ufeff", "\u2028", "ﷺ" * 100,
    "İı", "ß",
    f"{MARK}@example.org", f"{MARK}@example.org\nBcc: x@example.org", f'"{MARK} @"@[127.0.0.1]',
    f"{MARK}@xn--", f"{MARK}@" + "a." * 120 + "org", "IR", "ir", "ZZ", "hand_in", "public", "count",
    "on", "ABCD-EFGH", "۱۲۳۴-ABCD", "story", "petition",
]  # fmt: skip
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=60).map(lambda w: w + MARK))
raw = st.one_of(
    words.map(lambda word: word.encode("utf-8", "surrogatepass")),
    st.binary(max_size=80),
    st.sampled_from([b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"%", b"%zz", b"\x00" * 9]),
)
FIELDS = [
    "level", "name", "shown_name", "email", "country", "wants_updates", "is_advised", "code",
    "website", "shown_at", "ticket", "proof", "username", "password", "next", "act",
    "csrfmiddlewaretoken",
]  # fmt: skip
filled = st.dictionaries(st.one_of(st.sampled_from(FIELDS), words), words, max_size=9)
TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary=é",
    "application/x-www-form-urlencoded; charset=utf-7", "application/json", "text/plain", "",
    "application/x-www-form-urlencoded; charset=" + MARK, "multipart/mixed; boundary=b", MARK,
    ";", "\x7f",
    "application/x-www-form-urlencoded; charset=utf-16",
]  # fmt: skip
HEADERS = [
    "Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "X-Real-IP", "Accept",
    "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Match", "Range",
    "If-Unmodified-Since", "If-Range", "Content-Encoding", "Cookie", "Origin", "Referer",
    "User-Agent",
    "Sec-Fetch-Site", "Content-Length", "Transfer-Encoding", "X-CSRFToken",
    "X-HTTP-Method-Override",
]  # fmt: skip
OF_HEADERS = [
    "gzip;q=x, br;q=9", "*;q=0", 'W/"x", "', "*", "bytes=0-,0-", "bytes=9-1", "https://[", "null",
    "sessionid=x; csrftoken=" + "y" * 99, "a=b; a; =; ;;", "Thu, 99 Foo 99999 99:99:99 GMT", "-5",
    "zh-hans;q=0.1,fr-x;q=a", "testserver:99999", "testserver:x", "[::1", "a.b.c.d",
    "::ffff:1.2.3.4%x",
    "same-origin", "cross-site", "https://testserver", "[" * 200, "chunked",
]  # fmt: skip
header_words = st.one_of(
    st.sampled_from(OF_HEADERS),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60).map(
        lambda word: MARK + word
    ),
)


@pytest.fixture
def world():
    """One of everything, to be asked for."""
    return make_world()


@pytest.fixture
def log():
    """All that is written down at the level of production and above."""
    lines, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(lines)
    root.setLevel(level)


class Sent:
    """One request, what came back, and what it left behind."""

    def __init__(self, log: Lines, method: str, path: str, **request: object) -> None:
        log.lines.clear()
        cache.clear()
        before = everything_stored()
        with transaction.atomic():
            client = Client(raise_request_exception=False)
            self.answer = client.generic(method, "/", **{"PATH_INFO": path, **request})
            self.content = unpacked(self.answer.getvalue(), self.answer.get("Content-Encoding"))
            self.is_stored = everything_stored() != before
            transaction.set_rollback(True)
        self.log = log.text()

    def is_well(self) -> None:
        """No fault of ours, a page that is whole, headers that hold, and nothing written down."""
        answer = self.answer
        assert answer.status_code < 500, (answer.status_code, self.log)
        assert MARK.lower() not in self.log.lower()
        assert "exception" not in self.log or answer.status_code in (400, 403), self.log
        if answer.get("Content-Type", "").startswith("text/html") and self.content:
            assert self.content.rstrip().endswith(b"</html>")
            assert f"<script>{MARK}".encode() not in self.content
        assert not [v for v in answer.headers.values() if "\n" in v or "\r" in v]
        if location := answer.get("Location"):
            assert location.startswith(("/", "https://testserver/"))
            assert not location.startswith(("//", "/\\"))


def unpacked(content: bytes, encoding: str | None) -> bytes:
    """A body as it was before it was compressed."""
    if not content:
        return content
    return {"br": brotli.decompress, "gzip": gzip.decompress}.get(encoding, bytes)(content)


def encoded(form: dict[str, str]) -> bytes:
    """A form as a browser sends it, and as none would: half surrogates as three bytes."""
    return urlencode(form, errors="surrogatepass").encode()


def forms_of(world) -> list[str]:
    """Every public address that a form can be sent to, for tokens of several states."""
    named = world.addresses()
    names = ("sign", "confirm", "change_level", "withdraw", "ask_for_updates", "start_updates",
             "stop_updates", "stop_by_mail", "enter_code", "lost_link")  # fmt: skip
    found = [named[f"petitions:{name}"] for name in names]
    found += [f"/lite{named['petitions:sign']}", f"/fr{named['petitions:enter_code']}"]
    for row in (world.counted, world.shown, world.held, world.of_withdrawn):
        found += [f"/signatures/{token_for(row)}/{act}/" for act in ("level", "updates")]
    return [*found, "/admin/login/", "/admin/second-step/", "/admin/again/", "/admin/account/"]


# Where pressing the button needs nothing that could be wrong in the form.
BUTTONS = ("/confirm/", "/withdraw/", "/start/", "/stop/", "/level/")


def each_form(test):
    """A mistake in each of the forms, whatever else is tried."""
    for choice in range(24):
        test = example(choice, {"name": MARK, "email": MARK}, True, TYPES[0], {})(test)
    return test


@each_form
@some
@given(
    choice=st.integers(0, 40),
    form=filled,
    is_honest=st.booleans(),
    content_type=st.sampled_from(TYPES[:1] * 8 + TYPES),
    extra=st.dictionaries(st.sampled_from(HEADERS[1:]), header_words, max_size=2),
)
def test_whatever_stands_in_a_form(world, log, choice, form, is_honest, content_type, extra):
    addresses = forms_of(world)
    path = addresses[choice % len(addresses)]
    if is_honest:
        form |= {"shown_at": guard.shown_at(time.time() - 60)}
    headers = {f"HTTP_{name.upper().replace('-', '_')}": word for name, word in extra.items()}
    sent = Sent(log, "POST", path, data=encoded(form), content_type=content_type, **headers)
    sent.is_well()
    if not path.endswith(BUTTONS):
        assert sent.answer.status_code == 303 or not sent.is_stored


@some
@given(
    choice=st.integers(0, 40),
    parts=st.lists(st.one_of(raw, st.sampled_from([
        b"--b\r\n", b"--b--", b"\r\n", b"\r\n\r\n", b"\n", b"--", b"b",
        b'Content-Disposition: form-data; name="email"', b'; filename="x"',
        b"Content-Type: text/plain",
        b"Content-Disposition: form-data; name*=utf-8''%ff", b"Content-Transfer-Encoding: base64",
        b"Content-Length: 99999999999", b"email=", b"&", b"=", b";", b"a" * 70_000,
    ])), max_size=14),
    content_type=st.sampled_from(TYPES),
    method=st.sampled_from(["POST", "POST", "POST", "PUT", "PATCH", "DELETE", "GET", "MIRA"]),
    encoding=st.sampled_from([None, "gzip", "br", "deflate", MARK]),
)  # fmt: skip
@example(0, [b"--b\r\n", b'Content-Disposition: form-data; name="email"'], TYPES[2], "POST", None)
def test_whatever_comes_as_a_body(world, log, choice, parts, content_type, method, encoding):
    addresses = forms_of(world)
    path = addresses[choice % len(addresses)]
    headers = {"HTTP_CONTENT_ENCODING": encoding} if encoding else {}
    sent = Sent(log, method, path, data=b"".join(parts), content_type=content_type, **headers)
    sent.is_well()
    if not path.endswith(BUTTONS):
        assert not sent.is_stored or sent.answer.status_code == 303


@some
@given(
    page=st.sampled_from(["/signatures/{}/", "/signatures/{}/confirm/", "/signatures/{}/level/",
                          "/signatures/{}/withdraw/", "/signatures/{}/updates/",
                          "/updates/{}/stop/",
                          "/signatures/{}/updates/start/", "/signatures/{}/updates/stop/"]),
    method=st.sampled_from(["GET", "POST", "HEAD"]),
    junk=st.one_of(words, st.text("0123456789abcdef-.:_ABCxyz", max_size=60)),
    change=st.tuples(st.integers(0, 90), st.text(max_size=2)),
    is_changed=st.booleans(),
)  # fmt: skip
def test_whatever_stands_in_the_place_of_a_token(
    world, log, page, method, junk, change, is_changed
):
    token = junk
    if is_changed:
        real, (at, put) = token_for(world.counted), change
        token = real[:at] + put + real[at + 1 :]
    path = page.format(token).encode("utf-8", "surrogatepass").decode("latin-1")
    sent = Sent(log, method, path, data=b"", content_type=TYPES[0])
    sent.is_well()
    is_real = is_changed and token == token_for(world.counted)
    assert is_real or not sent.is_stored
    if method == "POST" and not is_real:
        assert sent.answer.status_code in (303, 400, 404, 405, 410)


@some
@given(
    path=st.sampled_from([
        "/search/", "/stories/", "/petitions/", "/", "/feeds/atom.xml", "/feeds/stories/feed.json",
        "/sitemap.xml", "/lite/search/", "/fr/search/", "/fa/stories/", "/admin/login/",
        "/numbers/",
        "/countries/ir/", "/defenders/", "/healthz", "/robots.txt", "/favicon.ico",
    ]),
    query=st.lists(st.tuples(
        st.sampled_from(["q", "kind", "country", "theme", "page", "next", "PAGE"]), raw
    ), max_size=6),
)  # fmt: skip
def test_whatever_is_asked_for(world, log, path, query):
    asked = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in query)
    sent = Sent(log, "GET", path, QUERY_STRING=asked)
    sent.is_well()
    assert not sent.is_stored


@some
@given(
    before=st.sampled_from([
        "/", "/stories/", "/petitions/", "/defenders/", "/countries/", "/themes/", "/media/photos/",
        "/feeds/", "/feeds/countries/", "/feeds/themes/x/", "/feeds/languages/", "/share/story/",
        "/sitemap-", "/static/", "/lite/", "/fr/", "/zh-hans/", "/admin/", "/admin/r/", "/lite/fr/",
        "/share/story/x-", "/styleguide/faults/", "/admin/stories/story/", "//",
    ]),
    junk=raw,
    behind=st.sampled_from(["", "/", "/count.json", "/qr.svg", ".png", "/sign/", "/rss.xml",
    ".xml"]),
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "TRACE", "POST"]),
)  # fmt: skip
def test_whatever_stands_in_an_address(world, log, before, junk, behind, method):
    path = before + junk.decode("latin-1") + behind
    sent = Sent(log, method, path, data=b"", content_type=TYPES[0])
    sent.is_well()
    assert not sent.is_stored


@some
@given(
    path=st.sampled_from([
        "/", "/stories/", "/search/", "/feeds/atom.xml", "/admin/login/", "/static/css/base.css",
        "/healthz", "/lite/", "/nowhere/", "/sitemap.xml", "/petitions/", "/robots.txt",
    ]),
    sent_along=st.dictionaries(st.sampled_from(HEADERS), header_words, min_size=1, max_size=5),
    is_behind=st.booleans(),
    cached=st.sampled_from([0, 5]),
)  # fmt: skip
def test_whatever_stands_in_a_header(world, log, path, sent_along, is_behind, cached):
    headers = {f"HTTP_{name.upper().replace('-', '_')}": word for name, word in sent_along.items()}
    if "HTTP_CONTENT_LENGTH" in headers:
        headers["CONTENT_LENGTH"] = headers.pop("HTTP_CONTENT_LENGTH")
    with override_settings(BEHIND_PROXY=is_behind, PAGE_CACHE_SECONDS=cached):
        sent = Sent(log, "GET", path, **headers)
    sent.is_well()
    assert not sent.is_stored
    if "Host" not in sent_along:
        assert sent.answer.status_code in (200, 206, 304, 400, 404, 412, 416)


def test_the_search_for_faults_finds_them(world, log, monkeypatch):
    def broken(*args, **named):
        raise RuntimeError(MARK)

    monkeypatch.setattr("stories.finding.find", broken)
    with pytest.raises(AssertionError):
        Sent(log, "GET", "/search/", QUERY_STRING="q=x").is_well()
    logging.getLogger("some").warning("somebody typed %s", MARK)
    sent = Sent(log, "GET", "/healthz")
    sent.log += MARK
    with pytest.raises(AssertionError):
        sent.is_well()
