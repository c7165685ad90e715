"""What test_replica.py lets happen, in a process with a database and a replica of its own.

Prints one line of JSON: which database was asked in each scene, and what stood on the page.
"""

import json
import sys
import time
from contextlib import ExitStack, contextmanager

import django
from django.conf import settings

django.setup()
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from petitions.models import Signature  # noqa: E402
from stories.models import Story  # noqa: E402
from tests.factories import make_petition, make_story, sign  # noqa: E402


@contextmanager
def asked(found: set[str]):
    """Which databases are asked something of their tables meanwhile?"""

    def note(execute, sql, params, many, context):
        if "pg_" not in sql and "petitions_switches" not in sql:  # which every page may ask for
            found.add(context["connection"].alias)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(note))
        yield


def page() -> dict[str, object]:
    """The list of stories: its title, and who was asked for it."""
    found: set[str] = set()
    with asked(found):
        answer = client.get("/stories/", secure=True)
    text = answer.content.decode()
    title = next((t for t in ("First", "Second", "Third") if f">{t}<" in text), "")
    return {"status": answer.status_code, "title": title, "asked": sorted(found)}


def on_replica(sql: str) -> object:
    """Ask the replica itself."""
    with connections["replica"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def caught_up() -> None:
    """Wait until the replica has everything."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()")
        end = cursor.fetchone()[0]
    while not on_replica(f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn"):
        time.sleep(0.05)


client = Client(headers={"host": "localhost"})
scene = sys.argv[1]
said: dict[str, object] = {}
if scene == "following":
    story, petition = make_story(title="First"), make_petition()
    caught_up()
    said["followed"] = page()
    on_replica("SELECT pg_wal_replay_pause()::text")
    while on_replica("SELECT pg_get_wal_replay_pause_state()") != "paused":
        time.sleep(0.05)
    Story.objects.filter(pk=story.pk).update(title="Second")
    said["behind"] = page()
    signature = sign(petition)
    said["signed"] = Signature.objects.using("default").count()
    on_replica("SELECT pg_wal_replay_resume()::text")
    caught_up()
    said["caught up"] = page()
else:  # "away"
    Story.objects.update(title="Third")
    said["away"] = page()
    said["still away"] = page()
print(json.dumps(said))
