"""All that we write in HTML, CSS and SVG, as the Nu HTML checker reads it: no error, no warning."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.test.signals import template_rendered
from django.urls import include, path, reverse

from advocacy import urls, views
from petitions import delivery, letters
from petitions.models import Block
from tests import html_checker
from tests.advocacy.world import World, make_world
from tests.factories import honest, make_petition, make_subscription, make_update, sign, token_for

pytestmark = [pytest.mark.django_db, pytest.mark.html_checker, pytest.mark.once]
MAILS = sorted((django_settings.BASE_DIR / "templates" / "emails").glob("[!_]*.html"))
STATIC = django_settings.BASE_DIR / "static"
# With the demo's mailbox, which the site of the tests has not.
urlpatterns = [path("demo/", include("advocacy.demo.urls")), *urls.urlpatterns]

# What the checker says and we do not follow, each with the reason.
ALLOWED = [
    # Its CSS is older than these, which every browser knows since 2023.
    r"CSS: “(vector-effect|paint-order|container-type)”: Property “\S+” doesn't exist",
    r"CSS: “mask”: Too many values or values are not recognized",  # a position with a size
    r"CSS: “font”: (Parse Error|Unknown dimension)",  # a unit of containers, cqi
]


def test_all_that_we_write_is_as_it_should_be(tmp_path, tmp_path_factory, inbox, settings):
    world = make_world()
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = 1
    written = {
        "page": {address: Client().get(address) for address in world.pages()},
        "arabic": {address: Client().get(f"/ar{address}") for address in world.pages()},
        "chinese": {address: Client().get(f"/zh-hans{address}") for address in world.pages()},
        "light": {
            address: Client().get(f"/lite{address}")
            for address in world.pages()
            if "/styleguide/" not in address
        },
        "answer": dict(answers(world)),
        "fault": dict(faults()),
        "mail": mails(world, inbox),
        "demo": dict(demo(settings, tmp_path_factory.mktemp("mailbox"))),
    }
    for kind, texts in written.items():
        for name, text in texts.items():
            write(tmp_path, f"{kind} {name}.html", text)
    for file in [*STATIC.glob("css/*.css"), *STATIC.glob("img/*.svg")]:
        write(tmp_path, file.name, file.read_text(encoding="utf-8"))
    assert len(list(tmp_path.iterdir())) > 95
    assert complaints(tmp_path) == []


def test_before_anything_is_published_it_is_so_too(tmp_path):
    for address in ("/", "/stories/", "/defenders/", "/countries/", "/numbers/", "/petitions/"):
        write(tmp_path, f"{address}.html", Client().get(address))
    write(tmp_path, "wrong.html", "<!doctype html><html lang=en><title>A</title><div></p></div>")
    assert [line.split(" ")[0] for line in complaints(tmp_path)] == ["wrong.html:0"]


def write(folder: Path, name: str, text: str | HttpResponse) -> None:
    """Lay a text where the checker finds it, under a name that says what it is."""
    if isinstance(text, HttpResponse):
        text = text.content.decode()
    (folder / re.sub(r"[^\w.]+", "_", name)[-200:]).write_text(text, encoding="utf-8")


def complaints(folder: Path) -> list[str]:
    """What the checker says and we have to mend, as a person reads it."""
    return [
        f"{Path(said['url']).name}:{said.get('lastLine')} {said['message']} "
        + json.dumps(said.get("extract", ""))
        for said in html_checker.complaints(folder)
        if not any(re.search(words, said["message"]) for words in ALLOWED)
        # It shows two alerts, of which a page has one.
        and not ("styleguide" in said["url"] and "autofocus" in said["message"])
    ]


def answers(world: World) -> Iterator[tuple[str, HttpResponse]]:
    """What people get who fill in a form wrongly, too late, too often or elsewhere."""
    whole = honest() | {"name": "<Mira>", "email": "mira@example.org", "country": "IR"}
    whole |= {"level": "count", "code": "ABCD-EFGH"}
    forms = [{}, {"email": '"<x>'}, honest() | {"email": "x"}, whole, whole, whole]
    addresses = [
        reverse(f"petitions:{name}", args=[petition.slug])
        for petition in (world.open, world.closed)
        for name in ("sign", "enter_code", "lost_link")
    ]
    addresses.append(reverse("petitions:ask_for_updates", args=[token_for(world.counted)]))
    client, statuses = Client(), set()
    requests = [
        *((a, {"data": form}) for a, form in itertools.product(addresses, forms)),
        (addresses[0], {"data": whole, "headers": {"sec-fetch-site": "cross-site"}}),
        (addresses[0], {"data": "{}", "content_type": "application/json"}),
    ]
    for number, (address, request) in enumerate(requests):
        response = client.post(address, **request)
        statuses.add(response.status_code)
        if response.status_code != 303:
            yield f"{number} {address} {response.status_code}", response
    assert statuses >= {303, 403, 409, 410, 415, 422, 429}


def faults() -> Iterator[tuple[str, HttpResponse]]:
    """Every page that says that something is wrong."""
    request = RequestFactory().get("/")
    for view in (views.bad_request, views.forbidden, views.foreign_form, views.not_found,
                 views.server_error, views.unavailable):  # fmt: skip
        yield view.__name__, view(request)
    petition, form = make_petition(), {}
    for name in ("unavailable", "destroyed", "link_expired", "link_unknown"):
        context = {"petition": petition, "form": form, "slug": petition.slug}
        yield name, get_template(f"petitions/{name}.html").render(context, request)


def demo(settings: object, mailbox: Path) -> Iterator[tuple[str, HttpResponse]]:
    """The line and the mailbox that only a demo has."""
    settings.DEMO = settings.DEMO_MAILBOX = True
    settings.ROOT_URLCONF, settings.DEMO_MAILBOX_DIR = __name__, mailbox / "new"
    yield from ((address, Client().get(address)) for address in ("/", "/demo/mailbox/"))


def mails(world: World, inbox: object) -> dict[str, str]:
    """The HTML of every kind of mail."""
    written = set()

    def note(sender: object, template: object, **more: object) -> None:
        written.add(template.name)

    Block.objects.create(domain="refused.example", act=Block.Act.REFUSE)
    sign(world.open, "new@example.org", wants_updates=True)
    sign(world.open, "Li@example.org")  # who is held
    sign(world.open, "x@refused.example")
    sign(world.counted.petition, "m1@example.org")  # who counts already
    make_subscription(world.open, "reader@example.org")
    delivery.begin(make_update(world.open))
    template_rendered.connect(note)
    try:
        for send in (letters.send_waiting, delivery.send_waiting):
            while send():
                pass
    finally:
        template_rendered.disconnect(note)
    assert written >= {f"emails/{file.name}" for file in MAILS}
    return {
        f"{number} {mail['Subject']}": mail.get_body(("html",)).get_content()
        for number, mail in enumerate(inbox.mails)
    }
