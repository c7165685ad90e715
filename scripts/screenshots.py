"""Pictures of every page: small and large, light and dark, from right to left, printed.

    make screenshots                                all of them, into var/screenshots/
    make screenshots ONLY="home story" SIZES=360    some of them

Starts a demo of its own in a temporary folder, with rows in rare states beside its content.
"""

import html
import mailbox
import os
import shutil
import sys
import tempfile
from email import message_from_bytes, policy
from pathlib import Path

import run

ROOT = run.ROOT
OUT = ROOT / "var" / "screenshots"
SIZES = {360: 740, 768: 1024, 1440: 900}
WAYS = ("light", "dark", "rtl", "print")
PATHS = {
    "home": "/",
    "stories": "/stories/",
    "stories-none": "/stories/?country=IR&theme=hate-crime",
    "story": "/stories/exile-is-not-silence/",
    "defenders": "/defenders/",
    "defender": "/defenders/narges-mohammadi/",
    "defender-community": "/defenders/copinh/",
    "defender-invented": "/defenders/example/",
    "in-memory": "/defenders/berta-caceres/",
    "map": "/countries/",
    "country": "/countries/hn/",
    "theme": "/themes/press-freedom/",
    "numbers": "/numbers/",
    "petitions": "/petitions/",
    "petition": "/petitions/free-narges-mohammadi/",
    "search": "/search/",
    "search-found": "/search/?q=narges",
    "search-nothing": "/search/?q=nothing+of+the+kind",
    "about": "/about/",
    "privacy": "/privacy/",
    "get-involved": "/get-involved/",
    "contact": "/contact/",
    "mailbox": "/demo/mailbox/",
    "styleguide": "/styleguide/",
    "fault-400": "/styleguide/faults/400/",
    "fault-403": "/styleguide/faults/403/",
    "fault-404": "/nowhere/at/all/",
    "fault-410": "/stories/a-story-that-was-withdrawn/",
    "fault-500": "/styleguide/faults/500/",
    "fault-503": "/styleguide/faults/503/",
}


def main() -> None:
    """Start, look at everything, write an index, stop."""
    data = Path(tempfile.mkdtemp(prefix="advocacy-screenshots-"))
    port = free_port()
    secret = run.demo_secrets(data)
    environment = run.demo_environment(port, data, secret)
    processes = []
    try:
        run.prepare(environment, data, secret)
        paths = PATHS | rows_in_rare_states(environment)
        processes = [
            run.start([str(run.setup.VENV / "bin" / "gunicorn"), "advocacy.wsgi"], environment),
            run.start([run.PYTHON, "manage.py", "work"], environment),
        ]
        run.wait_until_ready(port, processes)
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
        names = photograph(f"http://127.0.0.1:{port}", paths, data)
        write_index(names)
        print(f"{len(names)} pictures: {OUT / 'index.html'}")
    finally:
        run.stop(processes)
        shutil.rmtree(data, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with run.socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rows_in_rare_states(environment: dict[str, str]) -> dict[str, str]:
    """Add to the demo what it does not tell of; the addresses of those pages by their names."""
    os.environ.update(environment)
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from stories import search
    from tests.browser.states import make_states

    made = make_states()
    search.index_all()
    return made


def photograph(site: str, paths: dict[str, str], data: Path) -> list[str]:
    """All pages in all ways; the names of the pictures."""
    from playwright.sync_api import sync_playwright

    only = os.environ.get("ONLY", "").split()
    sizes = [int(s) for s in os.environ.get("SIZES", "").split()] or list(SIZES)
    ways = os.environ.get("WAYS", "").split() or WAYS
    names = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        if not only or "signing" in only:
            paths = paths | sign(browser, site, data)
        for way in ways:
            for size in [768] if way == "print" else sizes:
                page = open_window(browser, way, size)
                for name, path in paths.items():
                    if not only or any(name.startswith(wanted) for wanted in only):
                        names += [shoot(page, site, path, f"{name}-{size}-{way}")]
                page.context.close()
        browser.close()
    return names


def open_window(browser, way: str, size: int):
    """A window of this width."""
    height = SIZES[size]
    scheme = "dark" if way == "dark" else "light"
    window = browser.new_context(
        viewport={"width": size, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = window.new_page()
    if way == "print":
        page.emulate_media(media="print")
    page.way = way
    return page


def shoot(page, site: str, path: str, name: str) -> str:
    """One picture of the whole page, once its lazy pictures are there. Mails come as files."""
    prefix = "/ar" if page.way == "rtl" and path.startswith("/") and "/demo/" not in path else ""
    page.goto(path if path.startswith("file:") else site + prefix + path)
    return save(page, name)


def save(page, name: str) -> str:
    """What the window shows, down to its end."""
    page.evaluate(
        """async () => {
          for (const img of document.images) img.loading = "eager";
          await Promise.all([...document.images].map(img => img.decode().catch(() => {})));
          await document.fonts.ready;
        }"""
    )
    page.screenshot(path=OUT / f"{name}.jpg", full_page=True, type="jpeg", quality=80)
    return name


def sign(browser, site: str, data: Path) -> dict[str, str]:
    """Walk the journey of a signature; the pages on its way, and the letters as files."""
    page = browser.new_page()
    petition = f"{site}/petitions/protect-human-rights-defenders/"
    page.goto(petition)
    page.get_by_role("button", name="Sign").click()
    page.wait_for_selector(".alert")
    save(page, "form-with-errors-1280-light")
    page.set_viewport_size({"width": 360, "height": 740})
    save(page, "form-with-errors-360-light")
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_label("Your country").select_option("DE")
    page.wait_for_timeout(3000)  # as a person would take
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/signed/")
    pending = letters(data, 1)
    link = next(word for word in pending[0][1].split() if "/signatures/" in word)
    path = link[link.index("/signatures/") :]
    paths = {
        "signing-1-check-inbox": "/petitions/protect-human-rights-defenders/signed/",
        "signing-2-pending": path,
        "signing-code": "/petitions/protect-human-rights-defenders/code/",
        "signing-link": "/petitions/protect-human-rights-defenders/link/",
        "signing-link-sent": "/petitions/protect-human-rights-defenders/link/sent/",
        "signing-withdrawn": "/petitions/protect-human-rights-defenders/withdrawn/",
        "signing-unknown": "/signatures/not-one-of-ours/",
        "mail-confirm": f"file://{pending[0][0]}",
    }
    # What is pending has to be seen before it is confirmed.
    for size in (360, 1440):
        window = open_window(browser, "light", size)
        shoot(window, site, path, f"signing-2-pending-{size}")
        window.context.close()
    del paths["signing-2-pending"]
    page.goto(site + path)
    page.locator("main form button").first.click()
    page.wait_for_selector("share-link, .progress")
    return paths | {"signing-3-counted": path, "signing-updates": f"{path}updates/"}


def letters(data: Path, count: int) -> list[tuple[Path, str]]:
    """The first letters of the demo's mailbox: the HTML as a file, and the text."""
    for _ in range(300):
        if (data / "mailbox").exists() and len(mailbox.Maildir(data / "mailbox")) >= count:
            break
        run.time.sleep(0.2)
    found = []
    folder = mailbox.Maildir(data / "mailbox")
    for number, key in enumerate(folder.keys()):
        mail = message_from_bytes(folder.get_bytes(key), policy=policy.default)
        file = data / f"mail-{number}.html"
        file.write_text(mail.get_body(("html",)).get_content(), encoding="utf-8")
        found.append((file, mail.get_body(("plain",)).get_content()))
    return found


def write_index(names: list[str]) -> None:
    """One page with all pictures."""
    names = sorted({*names, *(file.stem for file in OUT.glob("*.jpg"))})
    figures = "\n".join(
        f'<figure><a href="{name}.jpg"><img src="{name}.jpg" alt="" width="240" loading="lazy"></a>'
        f"<figcaption>{html.escape(name)}</figcaption></figure>"
        for name in names
    )
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Screenshots</title>{figures}"
    (OUT / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
