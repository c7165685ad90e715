"""Behind nginx, as in life: nothing that is sent on purpose reaches the next reader."""

import re
import socket
import subprocess
import threading
import time
import zlib

import pytest

from advocacy import compression
from tests.advocacy import behind_nginx
from tests.advocacy.behind_nginx import HOST, body, status
from tests.advocacy.programs import free_port
from tests.conftest import wait_for

pytestmark = [pytest.mark.nginx, pytest.mark.once]
EVIL = "evil.example"


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """The whole site, for all tests of this file."""
    with behind_nginx.whole_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def next_reader(front):
    """After each test the next reader gets what the one before got, and nobody was let in twice."""
    before = {path: body(front.get(path)) for path in ("/", "/stories/kept/")}
    assert all(b"</html>" in page for page in before.values())
    yield
    for path, page in before.items():
        after = front.get(path)
        assert status(after) == 200, path
        assert body(after) == page, path
        assert EVIL.encode() not in after
    # As many requests as nginx passed on, and none that was hidden in another one.
    # nginx writes its line after the answer has left.
    wait_for(lambda: front.arrived_count() <= front.passed_count(), seconds=5)
    assert '"status": 5' not in front.web_log.read_text()


clean = pytest.mark.usefixtures("next_reader")


# --- What a request is ----------------------------------------------------------------------------

HIDDEN = "GET /news-sitemap.xml HTTP/1.1\r\nHost: petitions.example.org\r\n\r\n"
POST = f"POST /petitions/free-them/sign/ HTTP/1.1\r\nHost: {HOST}\r\n"
SMUGGLED = {
    "both lengths": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, the other way": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n",
    "two equal lengths": "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b",
    "a list of lengths": f"Content-Length: 0, {len(HIDDEN)}\r\n\r\n",
    "a length with a sign": "Content-Length: +3\r\n\r\na=b",
    "a length below nothing": "Content-Length: -1\r\n\r\n",
    "a length in hex": "Content-Length: 0x3\r\n\r\na=b",
    "a blank before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a length before a colon": "Content-Length : 3\r\n\r\na=b",
    "xchunked": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked, identity": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity, chunked": "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a tab": "Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a vertical tab": "Transfer-Encoding:\x0bchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "quotes": 'Transfer-Encoding: "chunked"\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
    "an underscore": "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a folded line": "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a bare LF": "X: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a bare CR": "X: y\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a NUL": "X: \x00y\r\nContent-Length: 3\r\n\r\na=b",
    "a bad chunk": "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n",
    "a huge chunk": "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nx\r\n0\r\n\r\n",
    "a chunk with words": f"Transfer-Encoding: chunked\r\n\r\n3;x={'y' * 90}\r\na=b\r\n0\r\n\r\n",
    "a bare LF in a chunk": "Transfer-Encoding: chunked\r\n\r\n3\na=b\r\n0\r\n\r\n",
    "headers behind": f"Transfer-Encoding: chunked\r\n\r\n0\r\nHost: {EVIL}\r\nX-A: b\r\n\r\n",
}  # fmt: skip


@clean
@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_is_smuggled_in_another_one(front, name):
    """Request smuggling: whatever the lengths say, nginx and the site read as many requests."""
    answer = front.send((POST + SMUGGLED[name] + HIDDEN).encode("latin-1"), patience=0.3)
    assert status(answer) in (0, 400, 411, 413, 415, 501), answer[:200]
    assert b"Traceback" not in answer


@clean
@pytest.mark.parametrize("name", SMUGGLED)
def test_the_web_server_alone_smuggles_nothing_either(front, name):
    """Should a proxy let it through, gunicorn reads at most one request where lengths disagree."""
    before = front.arrived_count()
    answer = front.send(
        (POST + "Connection: close\r\n" + SMUGGLED[name] + HIDDEN).encode("latin-1"),
        port=front.upstream_port, patience=0.3,
    )  # fmt: skip
    assert answer.count(b"HTTP/1.1 ") <= 1
    # One process answers one after the other: once this one is answered, what was sent before is.
    front.get("/healthz", port=front.upstream_port)
    arrived = front.arrived_count() - before
    # What did not come by nginx is not counted against it.
    with (front.folder / "passed.log").open("a") as log:
        log.write("direct\n" * arrived)
    assert arrived <= 2
    assert b"Traceback" not in answer


@clean
@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: {EVIL}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost: {HOST}, {EVIL}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost: {EVIL}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost: {HOST}@{EVIL}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost: {HOST}:80@{EVIL}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost: {EVIL}/{HOST}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost: {HOST}#{EVIL}\r\n\r\n", {400}),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", {400}),
        ("GET / HTTP/1.1\r\n\r\n", {400}),
        (f"GET http://{HOST}/ HTTP/1.1\r\nHost: {EVIL}\r\n\r\n", {400}),
        (f"GET http://{EVIL}/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n", {200, 400}),
        (f"GET / HTTP/1.1\r\n Host: {HOST}\r\n\r\n", {400}),
        (f"GET / HTTP/1.1\r\nHost : {HOST}\r\n\r\n", {400}),
        ("GET / HTTP/1.0\r\n\r\n", {400}),
        ("GET /\r\n", {0, 400}),
        ("GET / HTTP/9.9\r\n\r\n", {400, 505}),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {0, 400, 405}),
        (f"TRACE / HTTP/1.1\r\nHost: {HOST}\r\nX-Secret: a\r\n\r\n", {405}),
        (f"CONNECT {EVIL}:443 HTTP/1.1\r\nHost: {EVIL}\r\n\r\n", {400, 405}),
        (f"OPTIONS * HTTP/1.1\r\nHost: {HOST}\r\n\r\n", {400, 404, 405}),
        (f"DELETE /stories/kept/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n", {405}),
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Long: {'x' * 40_000}\r\n\r\n", {400, 431}),
        (f"GET /{'x' * 20_000} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", {414}),
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\nCookie: {'a=b; ' * 9000}\r\n\r\n", {400, 431}),
        (f"{POST}Content-Length: 99999999\r\n\r\n", {413}),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {0, 400}),
        ("\x00" * 100 + "\r\n\r\n", {0, 400}),
    ],
    ids=lambda part: part[:50].replace("\r\n", " ") if isinstance(part, str) else "",
)  # fmt: skip
def test_a_request_that_is_none_is_refused(front, raw, wanted):
    answer = front.send(raw.encode("latin-1"), patience=0.5)
    assert status(answer) in wanted, answer[:300]
    assert EVIL.encode() not in answer


@clean
def test_a_form_of_more_than_a_megabyte_is_refused_with_a_page(front):
    words = "a=" + "x" * (1024 * 1024 + 10)
    headers = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(words)}\r\n"
    raw = f"{POST}{headers}Connection: close\r\n\r\n{words}"
    answer = front.send(raw.encode())
    assert status(answer) in (400, 413)
    assert b"</html>" in answer


@clean
def test_a_form_of_many_thousand_fields_is_refused_with_a_page(front):
    words = "&".join(f"a{n}=b" for n in range(2500))
    headers = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(words)}\r\n"
    answer = front.send(f"{POST}{headers}Connection: close\r\n\r\n{words}".encode())
    assert status(answer) in (400, 413)
    assert b"</html>" in answer


# --- Which address --------------------------------------------------------------------------------


@clean
@pytest.mark.parametrize(
    "path",
    ["/..;/admin/", "/stories/..;/..;/admin/", "/stories/%2e%2e/admin/",
     "/%2e%2e/%2e%2e/etc/passwd",
     "/../../../../etc/passwd", "/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/manage.py",
     "/static/..%2f..%2fkeys/server.key", "/static/..%5c..%5ckeys%5cserver.key",
     "/static//etc/passwd",
     "/static/css/%00.css", "/media/photos/../../keys/server.key", "/media/..%2fkeys%2fserver.key",
     "/media/photos/..%252f..%252fkeys", "/media/originals/", "/media/", "/static/", "/.git/config",
     "/.env", "/manage.py", "/advocacy.sqlite3", "/var/advocacy.sqlite3", "/keys/server.key",
     "/%00", "/stories/kept%00/", "/stories\\..\\admin", "/%5c%5cevil.example/", "/\\evil.example/",
     "//evil.example/%2e%2e", "//evil.example", "///evil.example/..", "/%2f%2fevil.example/",
     "/stories//kept/", "/stories/kept;a=b/", "/stories/kept/%0d%0aSet-Cookie:%20a=b",
     "/%c0%ae%c0%ae/",
     "/%ff%fe", "/%", "/%zz", "/lite//evil.example/", "/lite/lite/", "/fr//evil.example",
     "/signatures/%2e%2e/admin/", "/signatures/../admin/login/x", "/server-status", "/nginx_status",
     "/demo/mailbox/", "/styleguide/"],
)  # fmt: skip
def test_no_way_leads_around_an_address(front, path):
    answer = front.get(path)
    assert status(answer) in (301, 302, 400, 404, 405), answer[:300]
    assert b"root:" not in answer
    head = answer.partition(b"\r\n\r\n")[0]
    assert b"Set-Cookie" not in head
    if location := re.search(rb"\r\nLocation: ([^\r]*)", head):
        assert re.match(rb"/(?![/\\])|https://petitions\.example\.org/", location[1]), location[1]


@clean
def test_the_unencrypted_port_leads_to_our_own_name_only(front):
    for host in (HOST, EVIL):
        raw = f"GET /stories/kept/?a=b HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        answer = front.send(raw.encode(), port=front.plain_port)
        assert status(answer) == 301
        assert b"Location: https://petitions.example.org/stories/kept/?a=b\r\n" in answer


# --- What the page cache could be taught ----------------------------------------------------------


@clean
@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "X-Forwarded-Scheme: http",
     "X-Forwarded-Ssl: off", "X-Forwarded-Port: 666", "X-Forwarded-Prefix: /evil.example",
     "X-Forwarded-Server: evil.example", "Forwarded: host=evil.example;proto=http",
     "X-Host: evil.example", "X-Original-URL: /admin/", "X-Rewrite-URL: /admin/",
     "X-Original-Host: evil.example", "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: POST",
     "X-Method-Override: PUT", "X_Forwarded_Proto: http", "X_Forwarded_Host: evil.example",
     "SCRIPT_NAME: /evil.example", "Script-Name: /evil.example", "PATH_INFO: /admin/",
     "REMOTE_USER: tomas", "Remote-User: tomas", "X-Real-IP: evil.example",
     "X-Forwarded-For: 1.2.3.4",
     "Accept-Language: fr", "Accept: application/json", "Cookie: sessionid=x; django_language=fr",
     "Cookie: __Secure-session=x", "Origin: https://evil.example", "Referer: https://evil.example/",
     "User-Agent: evil.example", "X-Requested-With: XMLHttpRequest", "Sec-Fetch-Site: cross-site",
     "Pragma: akamai-x-cache-on", "Purpose: prefetch", "Upgrade: h2c", "X-CSRFToken: evil.example",
     "Authorization: Basic dG9tYXM6eA==", "Expect: 100-continue", "Max-Forwards: 0",
     "Transfer-Encoding: identity", "TE: trailers"],
)  # fmt: skip
def test_no_header_changes_what_the_next_reader_gets(front, header):
    """Cache poisoning by what is no part of the key; each on a page that is not kept yet."""
    fresh = f"/stories/?page={zlib.crc32(header.encode()) % 9000 + 1}"
    answer = front.get(fresh, header)
    if status(answer) in (400, 501):  # refused, then
        return
    assert status(answer) == 200, answer[:300]
    assert EVIL.encode() not in answer
    assert b"Set-Cookie" not in answer
    assert body(front.get(fresh)) == body(answer)


@clean
@pytest.mark.parametrize(
    "query",
    ["?utm_source=evil.example", "?page=1&x=evil.example", "?_method=DELETE",
     "?page=1;x=evil.example",
     "?page=1%26x=evil", "?page=1&page=2", "?page=1%00", "?PAGE=2", "?%70age=2", "?page=%31"],
)  # fmt: skip
def test_no_query_is_kept_for_those_who_ask_without_it(front, query):
    plain = body(front.get("/stories/"))
    asked = front.get(f"/stories/{query}")
    assert status(asked) == 200
    assert body(front.get("/stories/")) == plain


@clean
def test_each_page_of_a_list_is_kept_by_itself(front):
    first, second = (body(front.get(f"/stories/{query}")) for query in ("", "?page=2"))
    assert first != second
    assert [body(front.get(f"/stories/{query}")) for query in ("", "?page=2")] == [first, second]


@clean
def test_what_is_in_the_body_of_a_get_is_not_read(front):
    path = "/stories/?page=77"
    words = f"page=2&q={EVIL}"
    headers = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(words)}")
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *headers, "Connection: close", "", words]
    fat = front.send("\r\n".join(lines).encode())
    assert status(fat) == 200
    assert body(front.get(path)) == body(fat)


@clean
def test_each_encoding_is_kept_by_itself_and_a_strange_one_is_none(front):
    for wanted in (
        "br",
        "gzip",
        "identity",
        "evil.example",
        "br;q=0",
        "*",
        "gzip, evil",
        "x" * 3000,
    ):
        answer = front.get("/stories/kept/", f"Accept-Encoding: {wanted}")
        assert status(answer) == 200
        named = re.search(rb"Content-Encoding: (\w+)", answer)
        kind = compression.accepted(wanted)
        assert (named[1].decode() if named else "") == kind
    assert b"</html>" in front.get("/stories/kept/")


@clean
def test_nginx_keeps_only_what_the_site_tells_it_to(front):
    """What browsers may keep for a year is asked for anew: a photo may have been withdrawn."""
    before = front.passed_count()
    for _ in range(3):
        assert b"max-age=31536000" in front.get("/favicon.ico")
    wait_for(lambda: front.passed_count() == before + 3, seconds=5)


@clean
@pytest.mark.parametrize(
    "ending",
    ["", "x.css", "x.js", "%2ecss", ";x.css", "?x.css", "%3fx.css", "%23x.css", "%00x.css",
     "%0ax.css",
     "..%2fx.css", "confirm/x.css", "/x.css", "..%2f..%2fstatic/css/base.css"],
)  # fmt: skip
def test_a_private_page_is_kept_by_nobody_whatever_its_address_ends_with(front, ending):
    """Cache deception: a cache that goes by the ending of an address."""
    answer = front.get(f"/signatures/{front.token}/{ending}")
    assert status(answer) in (200, 301, 302, 400, 404)
    if status(answer) == 200:
        head = answer.partition(b"\r\n\r\n")[0]
        assert b"no-store" in head
        assert b"private" in head
    else:
        assert b"Cache-Control: public" not in answer
        assert b"csrf" not in body(answer)


@clean
@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-0", "bytes=5-1", "bytes=-5", "bytes=99999999-", "bytes=0-,0-,0-,0-,0-", "bytes=a-b",
     "bytes=-", "bytes=1-99999999999999999999999", "items=0-1", "bytes=" + ",".join(["0-"] * 400)],
)  # fmt: skip
def test_a_part_is_a_part_and_never_more_than_the_whole(front, wanted):
    page = front.get("/")
    css = re.search(rb'href="(/static/[^"]+\.css)"', page)[1].decode()
    for path in ("/", css, "/robots.txt"):
        whole = body(front.get(path))
        answer = front.get(path, f"Range: {wanted}")
        assert status(answer) in (200, 206, 416)
        assert len(body(answer)) <= len(whole) + 200


# --- What is passed on, and written down ----------------------------------------------------------


def test_the_site_learns_the_network_and_no_address(tmp_path):
    """What nginx sends on, whatever the reader says of themselves."""
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as upstream:

        def answer():
            while True:
                try:
                    end, _ = upstream.accept()
                except OSError:
                    return
                with end:
                    seen.append(end.recv(65536).decode("latin-1"))
                    end.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )

        threading.Thread(target=answer, daemon=True).start()
        with behind_nginx.nginx(tmp_path, upstream.getsockname()[1]) as front:
            front.get("/", "X-Real-IP: 8.8.8.8", "X-Forwarded-For: 9.9.9.9",
                      "X-Forwarded-Proto: http", "X_Real_IP: 7.7.7.7")  # fmt: skip
            wait_for(lambda: seen)
        upstream.shutdown(socket.SHUT_RDWR)
    (request,) = [one for one in seen if one]
    assert re.findall(r"(?mi)^x.real.ip: *(.*)\r$", request) == ["127.0.0.0"]
    assert re.findall(r"(?mi)^x.forwarded.proto: *(.*)\r$", request) == ["https"]
    assert not re.search(r"(?mi)^x.forwarded.for:", request)
    for address in ("8.8.8.8", "9.9.9.9", "7.7.7.7", "127.0.0.1\r"):
        assert address not in request


def test_no_log_names_a_reader_or_an_address(front):
    front.get(f"/signatures/{front.token}/?seen=mira")
    front.send(b"rubbish mira\r\n\r\n")
    time.sleep(0.3)
    for name in ("access.log", "error.log", "web.log"):
        text = (front.folder / name).read_text()
        for trace in (front.token, "mira", "127.0.0.1 ", "/signatures/"):
            assert trace not in text, name


def test_the_configuration_is_right_as_it_stands(tmp_path):
    """With its TLS, which the other tests leave out."""
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}",
         "-keyout", str(key), "-out", str(certificate), "-days", "1"],
        check=True, capture_output=True,
    )  # fmt: skip
    changes = (
        (r"(ssl_certificate) .*;", rf"\1 {certificate};"),
        (r"(ssl_certificate_key) .*;", rf"\1 {key};"),
        (r"(listen (?:\[::\]:)?)443", rf"\g<1>{free_port()}"),
        (r"(listen (?:\[::\]:)?)80", rf"\g<1>{free_port()}"),
    )
    text = behind_nginx.changed(behind_nginx.configuration(), changes)
    file = tmp_path / "nginx.conf"
    file.write_text(behind_nginx.placed(text, tmp_path))
    command = [behind_nginx.program(), "-t", "-p", str(tmp_path), "-c", str(file),
               "-e", str(tmp_path / "e.log")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_old_versions_of_tls_are_not_spoken():
    (line,) = re.findall(r"ssl_protocols (.*);", behind_nginx.configuration())
    assert set(line.split()) == {"TLSv1.2", "TLSv1.3"}
