"""The style guide: every component, and only where somebody works on the look."""

import re

import pytest
from django.conf import settings as django_settings

from tests.advocacy.programs import PRODUCTION, code, last_line, run

TEMPLATES = django_settings.BASE_DIR / "templates"
NOT_ALONE = {
    # Only with a page around them, or part of what is shown.
    "components": {"_picture", "discreet", "fault", "languages", "nav_link", "previews",
                   "quick_exit", "version"},
    "stories": {"_everything", "_map", "_newest", "_original_name", "_other_names", "_place_counts",
                "_places", "_related_people", "_stories", "_updates", "_where", "_condition"},
    "petitions": {"_act", "_counted", "_errors", "_guard", "_level", "_live_count",
                  "_not_counting", "_on_paper", "_open_petitions", "_pending", "_qr",
                  "_sign_panel", "_taken_down", "_updates", "_why"},
}  # fmt: skip


@pytest.mark.django_db
def test_it_asks_the_database_only_for_the_menu(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/styleguide/").status_code == 200


@pytest.mark.parametrize("folder", NOT_ALONE)
def test_it_shows_every_piece_that_stands_alone(folder):
    words = (TEMPLATES / "styleguide" / "components.html").read_text(encoding="utf-8")
    shown = set(re.findall(rf'include "{folder}/([^."]+)', words))
    pieces = {p.stem for p in (TEMPLATES / folder).glob("*.html")}
    if folder != "components":
        pieces = {name for name in pieces if name.startswith("_")}
    assert pieces - NOT_ALONE[folder] - shown == set()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_it_shows_the_page_for_a_fault(client, status):
    assert client.get(f"/styleguide/faults/{status}/").status_code == status


@pytest.mark.django_db
def test_it_knows_no_other_faults(client):
    assert client.get("/styleguide/faults/418/").status_code == 404


ASK = code(
    "import django; django.setup(); from django.urls import *; "
    "print([str(p.pattern) for r in get_resolver().url_patterns if hasattr(r, 'url_patterns') "
    "for p in r.url_patterns])"
)


@pytest.mark.parametrize(
    ("environment", "is_there"), [({}, False), ({"DEMO": "1"}, True), ({"DEBUG": "1"}, True)]
)
def test_a_site_with_real_readers_has_no_style_guide(environment, is_there, tmp_path):
    whole = PRODUCTION | {"DATA_DIR": str(tmp_path)} | environment
    done = run(*ASK, **whole, DJANGO_SETTINGS_MODULE="advocacy.settings")
    assert ("styleguide/" in done.stdout) is is_there, last_line(done)
