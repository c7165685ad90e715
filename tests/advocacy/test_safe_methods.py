"""Looking changes nothing: mail programs open links before people do."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

from petitions.models import Switches
from tests.advocacy.world import World, make_world

pytestmark = pytest.mark.django_db
SAFE = ["get", "head", "options"]
# HEAD does as GET does, and OPTIONS less: what a database makes of it is seen with GET.
EACH_SAFE = ["get", *(pytest.param(m, marks=pytest.mark.once) for m in SAFE[1:])]
Pattern = tuple[str, str]  # the view's name with its namespaces, the whole route


def patterns(resolver: URLResolver, name: str = "", route: str = "") -> Iterator[Pattern]:
    """Every pattern of the site."""
    for pattern in resolver.url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield f"{name}{pattern.name or ''}", whole
        else:
            inner = f"{name}{pattern.namespace}:" if pattern.namespace else name
            yield from patterns(pattern, inner, whole)


def admin_addresses(world: World) -> list[str]:
    """Every address of the desk, with rows that are there."""
    routes = [route for name, route in patterns(get_resolver()) if name.startswith("admin:")]
    return [_filled_in(route, world) for route in routes]


def _filled_in(route: str, world: World) -> str:
    """A route with a real row in the place of each parameter."""
    route = re.sub(r"\^\(\?P<app_label>.*", "stories/", route)
    route = route.replace("(?P<url>.*)$", "nowhere")
    parts = route.split("/")
    model = None
    if len(parts) > 3 and parts[1] in apps.app_configs:
        model = apps.get_model(parts[1], parts[2])
    row = model._default_manager.first() if model else world.story
    answers = {
        "content_type_id": ContentType.objects.get_for_model(type(world.story)).pk,
        "object_id": row.pk if row else "1",
        "language": "fr",
        "id": row.pk if row else "1",
    }
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(answers[match[1]]), route)
    assert not re.search(r"[<>^$()?]", filled), f"{route} needs an example here"
    if filled == "admin/autocomplete/":
        filled += "?app_label=stories&model_name=story&field_name=photo&term=street"
    return f"/{filled}"


def everything() -> dict[str, list[str]]:
    """All rows of all our tables."""
    tables = {}
    for app in ("stories", "petitions"):
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            rows = model._base_manager.order_by("pk").values()
            tables[model._meta.db_table] = [_as_text(row) for row in rows]
    return tables


def _as_text(row: dict[str, object]) -> str:
    return repr({k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()})


@pytest.fixture
def world() -> World:
    """One of everything, with a signature that waits for its owner."""
    return make_world()


def test_the_list_of_addresses_is_whole(world):
    public = {name for name, _ in patterns(get_resolver()) if not name.startswith("admin:")}
    assert public == world.addresses().keys()


def test_the_tables_compared_are_those_that_matter(world):
    tables = everything()
    assert len(tables) > 18
    empty = [name for name, rows in tables.items() if not rows]
    assert not empty, "nothing can be seen to change in a table without rows"


@pytest.mark.parametrize("method", EACH_SAFE)
def test_looking_at_any_public_page_changes_nothing(client, world, method):
    before = everything()
    for address in [*world.addresses().values(), *world.pages()]:
        response = getattr(client, method)(address)
        response.getvalue()
        assert response.status_code < 500, address
        assert everything() == before, address
    assert not Session.objects.exists()


@pytest.mark.parametrize("method", EACH_SAFE)
def test_looking_at_any_page_of_the_desk_changes_nothing(desk, world, method):
    before = everything()
    addresses = admin_addresses(world)
    assert len(addresses) > 60
    for address in addresses:
        response = getattr(desk, method)(address)
        assert response.status_code < 500, address
    assert everything() == before


def test_the_desk_lists_and_finds_its_rows(desk, world):
    for app in ("stories", "petitions"):
        for model in apps.get_app_config(app).get_models():
            address = f"/admin/{app}/{model._meta.model_name}/"
            if f"{app}_{model._meta.model_name}_changelist" in _changelists():
                # One row needs no list: its address leads to it.
                status = 302 if model is Switches else 200
                assert desk.get(address).status_code == status, address
                assert desk.get(f"{address}?q=mira").status_code in (200, 302), address


def _changelists() -> set[str]:
    return {name.removeprefix("admin:") for name, _ in patterns(get_resolver())}


def test_however_often_a_letters_link_is_opened_nothing_is_confirmed(world):
    address = world.addresses()["petitions:signature"]
    before = everything()
    for _ in range(3):
        for method in SAFE:
            for agent in ("Outlook-SafeLinks", "GoogleImageProxy", "Mozilla/5.0"):
                getattr(Client(headers={"user-agent": agent}), method)(address)
    assert everything() == before


def test_the_address_of_the_button_does_nothing_when_it_is_only_opened(client, world):
    before = everything()
    assert client.get(world.addresses()["petitions:confirm"]).status_code == 405
    assert everything() == before
