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
from email.message import EmailMessage
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
SIGNED = "/petitions/protect-human-rights-defenders/"
STEPS = {
    "signing-1-check-inbox": f"{SIGNED}signed/",
    "signing-code": f"{SIGNED}code/",
    "signing-link": f"{SIGNED}link/",
    "signing-link-sent": f"{SIGNED}link/sent/",
    "signing-updates-asked": f"{SIGNED}updates/asked/",
    "signing-withdrawn": f"{SIGNED}withdrawn/",
    "signing-unknown": "/signatures/not-one-of-ours/",
}
# In a language that runs from right to left a mail is another mail.
MAILS = ("confirm", "counts", "held", "not-taken", "update")


def main() -> None:
    """Start, look at everything, write an index, stop."""
    data = Path(tempfile.mkdtemp(prefix="advocacy-screenshots-"))
    port = free_port()
    secret = run.demo_secrets(data)
    environment = run.demo_environment(port, data, secret)
    # The second who signs within a minute has to wait, and nobody for having typed fast.
    environment |= {"SIGNATURES_PER_PETITION_PER_MINUTE": "1", "FORM_AGE_SECONDS": "0"}
    processes = []
    try:
        run.prepare(environment, data, secret)
        paths = PATHS | STEPS | rows_in_rare_states(environment)
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
    from petitions.models import Petition
    from stories import search
    from tests.browser.mails import send_mails
    from tests.browser.states import make_states

    made = make_states()
    made |= send_mails(Petition.objects.get(slug=SIGNED.split("/")[2]))
    search.index_all()
    return made


def photograph(site: str, paths: dict[str, str], data: Path) -> list[str]:
    """All pages in all ways; the names of the pictures."""
    from playwright.sync_api import sync_playwright

    from tests import browser_program

    only = os.environ.get("ONLY", "").split()
    sizes = [int(s) for s in os.environ.get("SIZES", "").split()] or list(SIZES)
    ways = os.environ.get("WAYS", "").split() or WAYS
    names = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_program.program(), args=["--no-sandbox", "--disable-gpu"]
        )
        for way in ways:
            for size in [768] if way == "print" else sizes:
                page = open_window(browser, way, size)
                for name, path in (paths | mails(data, way)).items():
                    if not only or any(name.startswith(wanted) for wanted in only):
                        names += [shoot(page, site, path, f"{name}-{size}-{way}")]
                if way != "print" and (not only or "form" in only):
                    names += shoot_forms(page, site, f"{size}-{way}")
                page.context.close()
        browser.close()
    return names


def open_window(browser, way: str, size: int):
    """A window of this width."""
    height = SIZES[size]
    scheme = "dark" if way == "dark" else "light"
    window = browser.new_context(
        viewport={"width": size, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = window.new_page()
    if way == "print":
        page.emulate_media(media="print")
    page.way = way
    return page


def shoot(page, site: str, path: str, name: str) -> str:
    """One picture of the whole page, once its lazy pictures are there. Mails come as files."""
    page.goto(path if path.startswith("file:") else site + in_language(page, path))
    return save(page, name)


def in_language(page, path: str) -> str:
    """The address of a page in the language of this window."""
    return f"/ar{path}" if page.way == "rtl" and "/demo/" not in path else path


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


def shoot_forms(page, site: str, suffix: str) -> list[str]:
    """What can only be come to by a button: a form with mistakes, and one that has to wait."""
    page.goto(site + in_language(page, SIGNED))
    page.locator("main .sign-form .button").click()
    page.wait_for_selector(".alert")
    page.evaluate("scrollTo(0, 0)")
    names = [save(page, f"form-with-errors-{suffix}")]
    while not page.locator(".obstacle").count():
        page.goto(site + in_language(page, SIGNED))
        page.locator("main [name=name]").fill("Mira Novak")
        page.locator("main [name=email]").fill("mira@example.org")
        page.locator("main .sign-form .button").click()
        page.wait_for_selector(".obstacle, .notice")
    page.wait_for_selector("[data-state=done]")
    page.evaluate("scrollTo(0, 0)")
    return [*names, save(page, f"form-too-many-{suffix}")]


def mails(data: Path, way: str) -> dict[str, str]:
    """By name, the HTML of mails of every kind, as files."""
    language = "ar" if way == "rtl" else "en"
    files = {}
    for kind in MAILS:
        mail = letter_to(data, f"{kind}-{language}@")
        file = data / f"mail-{kind}-{language}.html"
        file.write_text(mail.get_body(("html",)).get_content(), encoding="utf-8")
        files[f"mail-{kind}"] = f"file://{file}"
    return files


def letter_to(data: Path, beginning: str) -> EmailMessage:
    """The letter of the demo's mailbox to an address that begins so, once it is there."""
    for _ in range(300):
        folder = mailbox.Maildir(data / "mailbox")
        for key in folder.iterkeys():
            mail = message_from_bytes(folder.get_bytes(key), policy=policy.default)
            if mail["To"].startswith(beginning):
                return mail
        run.time.sleep(0.2)
    raise LookupError(f"no letter to {beginning}")


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
