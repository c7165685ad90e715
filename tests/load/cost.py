"""What does protecting a signer cost? Signs with all of it and without, and prints the ratio.

"Without" is what a careless site would do on the same path: the same form, view, rows and letter,
but name and address in plain text, the mailbox recognised by a plain hash, no guard and no clues.
In turns, in one process, on PostgreSQL whose commits reach the disk; nothing else runs.

    .venv/bin/python -m tests.load.cost [--rounds 40]
"""

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from tests import postgres
from tests.load.journey import free_port, make_petition, manage, set_environment

TURN_COUNT = 50


def main() -> None:
    """Measure and print; the status is 0 whatever comes out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cost-")))
        url = stack.enter_context(postgres.cluster("-c listen_addresses=''"))
        set_environment(data, url, free_port(), free_port())
        manage("migrate", "--verbosity=0")
        manage("keys", "make", "--private-key-file", str(data / "private"))
        manage("collectstatic", "--noinput", "--verbosity=0")
        import django

        django.setup()
        compare("the whole request, from the form to the answer", request(), rounds)
        compare("storing alone (signing.sign)", store(), rounds)
        report_sizes()


def request() -> Callable[[int], None]:
    """Signs by the form, through every middleware."""
    from django.test import Client

    from tests.factories import honest

    make_petition("cost-request")
    client = Client(headers={"host": "localhost"})
    form = {"name": "Mira Novak", "country": "DE", **honest()}

    def act(number: int) -> None:
        email = {"email": f"request{number}@example.org"}
        answer = client.post("/petitions/cost-request/sign/", form | email)
        if answer.status_code != 303:
            raise SystemExit(f"Signing was answered by {answer.status_code}.")

    return act


def store() -> Callable[[int], None]:
    """Signs below the view."""
    from petitions import signing
    from petitions.models import Petition

    make_petition("cost-store")
    petition = Petition.objects.get(slug="cost-store")

    def act(number: int) -> None:
        signing.sign(
            petition,
            level="hand_in",
            name="Mira Novak",
            address=f"store{number}@example.org",
            country="DE",
        )

    return act


def compare(what: str, act: Callable[[int], None], rounds: int) -> None:
    """Measure an act with and without protection, in turns so that drift touches both alike."""
    times: dict[bool, list[float]] = {True: [], False: []}
    number = 0
    for turn in range(2 * rounds + 2):
        is_protected = turn % 2 == 0
        with ExitStack() as stack:
            if not is_protected:
                stack.enter_context(careless())
            for _ in range(TURN_COUNT):
                number += 1
                started = time.perf_counter()
                act(number)
                if turn > 1:  # the first turns warm up
                    times[is_protected].append((time.perf_counter() - started) * 1000)
    protected, bare = (statistics.median(times[key]) for key in (True, False))
    print(f"{what}:")
    print(f"  with {protected:.2f} ms, without {bare:.2f} ms (medians of {len(times[True])})")
    print(f"  ratio {protected / bare:.2f}")


@contextmanager
def careless() -> Iterator[None]:
    """Without sealing, locking, keyed hashes, clues and guard."""
    from petitions import addresses, guard, networks, sealing

    instead = [
        (sealing, "seal", lambda key_id, content: json.dumps(content).encode()),
        (sealing, "lock", str.encode),
        (sealing.PetitionKey, "hash_of", lambda key, address: _plain_hash(address)),
        (addresses, "mail_class", lambda address, key: ""),
        (guard, "stop", lambda *_: None),
        (networks, "bucket_of", lambda request: None),
    ]
    with ExitStack() as stack:
        for module, name, plain in instead:
            stack.enter_context(mock.patch.object(module, name, plain))
        yield


def _plain_hash(address: str) -> bytes:
    return hashlib.sha256(address.encode()).digest()[:16]


def report_sizes() -> None:
    """How many bytes a signature and its letter are, with their indexes."""
    from django.db import connection

    from petitions.models import Letter, Signature

    with connection.cursor() as cursor:
        for model in (Signature, Letter):
            table = model._meta.db_table
            cursor.execute(f"SELECT pg_total_relation_size('{table}')")
            size = cursor.fetchone()[0] / model.objects.count()
            print(f"{model._meta.verbose_name}: {size:.0f} bytes a row, indexes included")
        cursor.execute("SELECT avg(length(sealed_box)) FROM petitions_signature")
        print(f"sealed box: {cursor.fetchone()[0]:.0f} bytes on average over both kinds")


if __name__ == "__main__":
    main()
