"""While the site does not answer at all, the proxy has a page at hand that says so."""

import base64
import hashlib
import http.client
import re
import shutil
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from advocacy import away
from tests.advocacy.markup import elements
from tests.advocacy.programs import free_port
from tests.conftest import wait_for

pytestmark = pytest.mark.once

CODES = [code for code, _name in settings.LANGUAGES]
NGINX = settings.BASE_DIR / "deploy" / "nginx" / "nginx.conf"


@pytest.mark.parametrize("code", CODES)
def test_it_says_it_in_the_readers_language_first_and_then_in_all_others(code):
    found = elements(away.page(code))
    assert found[0].attributes["lang"] == code
    sections = [e.attributes["lang"] for e in found if e.tag == "section"]
    assert sections[0] == code
    assert sorted(sections) == sorted(CODES)
    assert [e.tag for e in found].count("h1") == 1


def test_it_needs_nothing_from_anywhere_and_its_policy_lets_its_style_through():
    page = away.page("fa")
    asked = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert set(asked) == {"", "data:,"}
    assert "url(" not in page and "<script" not in page
    policy = next(
        e.attributes["content"]
        for e in elements(page)
        if e.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")


def test_collecting_static_files_makes_one_for_each_language():
    made = {path for path, _storage in away.Away().list([])}
    assert made == {f"away/{code}.html" for code in CODES}
    for path in made:
        text = Path(finders.find(path)).read_text(encoding="utf-8")
        assert text == away.page(Path(path).stem)


# --- With nginx, as deploy/nginx/nginx.conf has it ------------------------------------------------

CONFIGURATION = """
daemon off; pid {folder}/pid; error_log stderr emerg; worker_processes 1;
events {{}}
http {{
    access_log off;
    {temporary}
    {maps}
    server {{
        listen 127.0.0.1:{port};
        {fallback}
        location / {{ proxy_pass http://127.0.0.1:{site_port}; }}
    }}
}}
"""


def block(name: str) -> str:
    """A piece of nginx's configuration in the documentation, between its marks."""
    text = NGINX.read_text(encoding="utf-8")
    return re.search(rf"# {name}: begin\n(.*?)# {name}: end", text, re.S)[1]


@contextmanager
def nginx(folder: Path, site_port: int):
    """nginx in front of whatever is at a port; yields its own port."""
    port = free_port()
    (folder / "static" / "away").mkdir(parents=True)
    for code in CODES:
        (folder / "static" / "away" / f"{code}.html").write_text(away.page(code), "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    text = CONFIGURATION.format(
        folder=folder, port=port, site_port=site_port, maps=block("away-map"),
        temporary=" ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
        fallback=block("away").replace("/var/www/advocacy", f"{folder}/static"),
    )  # fmt: skip
    file = folder / "nginx.conf"
    file.write_text(text, encoding="utf-8")
    folder.chmod(0o755)
    if folder.parent.stat().st_uid == 0:  # nginx's own user has to read it
        text = f"user root;\n{text}"
        file.write_text(text, encoding="utf-8")
    server = subprocess.Popen([shutil.which("nginx"), "-e", "stderr", "-c", file])
    try:
        wait_for(lambda: _listens(port))
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _listens(port: int) -> bool:
    try:
        return ask(port, "/")[0] > 0
    except OSError:
        return False


def ask(port: int, path: str, body: str | None = None) -> tuple[int, dict[str, str], str]:
    """A page, or the answer to a form: its status, its headers and what it says."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request("POST" if body else "GET", path, body)
        got = line.getresponse()
        return got.status, dict(got.getheaders()), got.read().decode()


needs_nginx = pytest.mark.nginx


@needs_nginx
def test_where_nobody_answers_nginx_shows_it_in_the_language_of_the_address(tmp_path):
    nobody = free_port()
    with nginx(tmp_path, nobody) as port:
        for path, code in [("/", "en"), ("/fr/petitions/a/?q=1", "fr"), ("/lite/ar/", "ar"),
                           ("/zh-hans/stories/", "zh-hans"), ("/freedom/", "en")]:  # fmt: skip
            status, headers, page = ask(port, path)
            assert status == 503
            assert headers["Retry-After"] == "60"
            assert headers["Cache-Control"] == "no-store"
            assert headers["Content-Type"].startswith("text/html")
            assert f'<html lang="{code}"' in page


@needs_nginx
def test_a_form_gets_it_too_and_reads_what_to_do(tmp_path):
    with nginx(tmp_path, free_port()) as port:
        status, _headers, page = ask(port, "/petitions/a/sign/", "email=mira@example.org")
    assert status == 503
    assert "go back in your browser" in page
    assert "mira" not in page


@needs_nginx
def test_what_the_site_itself_says_is_passed_on(tmp_path, live_server):
    site_port = int(live_server.url.rpartition(":")[2])
    with nginx(tmp_path, site_port) as port:
        assert ask(port, "/healthz")[2] == "ok\n"
        status, _headers, page = ask(port, "/styleguide/faults/503/")
        assert status == 503
        assert "<section lang=" not in page  # ours, with its menu, and not the proxy's
        began = time.monotonic()
        assert ask(port, "/nowhere/")[0] == 404
        assert time.monotonic() - began < 30
