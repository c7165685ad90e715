"""A replica of the database: asked for pages, never behind an edit, and never missed."""

import json

import pytest

from tests import postgres
from tests.advocacy import programs

pytestmark = [
    pytest.mark.once,  # it brings databases of its own
    pytest.mark.skipif(not postgres.programs(), reason="needs PostgreSQL's programs"),
]

FOLLOW = "-c listen_addresses='' -c fsync=off -c max_connections=20"


@pytest.fixture(scope="module")
def pair(tmp_path_factory, collected):
    """A database with its keys, and a replica that follows it; how to let a scene be played."""
    data = tmp_path_factory.mktemp("replica")
    (data / "static").symlink_to(collected)
    primary, standby = postgres.Cluster(FOLLOW), postgres.Cluster(FOLLOW)
    environment = programs.PRODUCTION | {
        "DATABASE_URL": primary.url,
        "DATABASE_REPLICA_URL": standby.url,
        "DATA_DIR": data,
        "ALLOWED_HOSTS": "localhost",
        "PAGE_CACHE_SECONDS": 0,
        "LOG_LEVEL": "CRITICAL",
        "DJANGO_SETTINGS_MODULE": "advocacy.settings",
        "PYTHONPATH": programs.ROOT,
    }

    def play(scene: str) -> dict:
        done = programs.run("-m", "tests.stories.replica_scene", scene, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    try:
        primary.make()
        primary.start()
        for command in (["migrate", "-v0"], ["keys", "make", "--private-key-file", data / "key"]):
            done = programs.run("manage.py", *command, **environment)
            assert done.returncode == 0, done.stderr
        standby.follow(primary)
        yield play, standby
    finally:
        for cluster in (standby, primary):
            if cluster.is_running():
                cluster.stop()
            cluster.remove()


def test_pages_come_from_the_replica_unless_it_is_behind_the_last_edit(pair):
    play, _standby = pair
    said = play("following")
    assert said["followed"] == {"status": 200, "title": "First", "asked": ["replica"]}
    assert said["behind"] == {"status": 200, "title": "Second", "asked": ["default"]}
    assert said["signed"] == 1  # written down meanwhile
    assert said["caught up"] == {"status": 200, "title": "Second", "asked": ["replica"]}


def test_a_replica_that_is_away_is_not_missed(pair):
    play, standby = pair
    standby.stop()
    said = play("away")
    assert said["away"] == said["still away"]
    assert said["away"] == {"status": 200, "title": "Third", "asked": ["default"]}
