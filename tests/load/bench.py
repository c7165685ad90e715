"""How near is the site to the least that Django could do? Prints ratios, in markdown.

Starts PostgreSQL (whose commits reach the disk) and gunicorn, and asks the site and the floor
(floor.py) in turn with wrk: a petition's page, signing, confirming, with ever more signatures on
the petition. Each answer's status is checked. Rounds in which other programs used the machine are
repeated, and what they used is printed.

    make bench                                      or
    .venv/bin/python -m tests.load.bench [--rows 0 10000 1000000] [--rounds 5] [--seconds 3]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from advocacy.memory_cache import folder_for
from tests import postgres
from tests.load import busy
from tests.load.journey import (
    BIN,
    ROOT,
    SHOWN_AT,
    Site,
    free_port,
    is_listening,
    make_petition,
    manage,
    set_environment,
    wait_until,
)

SCRIPT = Path(__file__).with_name("wrk.lua")
SLUG = "bench"
CONNECTIONS = 8
WEB_PROCESSES = 4
BATCH_COUNT = 1_000_000
CONFIRMATIONS_PER_SECOND = 3000  # more than a run can use up
MOST_OTHER_PERCENT = 8
MOST_REPEATS = 4


@dataclass
class Run:
    """What wrk says of one run."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    statuses: dict[str, int]


@dataclass
class Contest:
    """Runs of the floor and of the site in turn."""

    name: str
    status: str
    floor: list[Run] = field(default_factory=list)
    ours: list[Run] = field(default_factory=list)
    other_percent: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """The site's speed as a part of the floor's, round by round."""
        return [a.per_second / b.per_second for a, b in zip(self.ours, self.floor, strict=True)]


def main() -> None:
    """Measure and print; the status is 0 unless an answer was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=["page", "sign", "confirm"])
    options = parser.parse_args()
    if not shutil.which("wrk") or not postgres.programs():
        raise SystemExit("This needs wrk and PostgreSQL: apt-get install wrk postgresql")
    with running_site() as (site, data):
        print(head())
        there = 0
        for rows in options.rows:
            add_rows(rows - there)
            there = rows
            for name in options.only:
                contest = contests(site, data, name, options)
                print(line(contest, rows), flush=True)
        print(f"\nPeak memory of a web process: {busy.peak_megabytes('gunicorn')} MB.")


def contests(site: Site, data: Path, name: str, options: argparse.Namespace) -> Contest:
    """One act, by the floor and by the site, warmed up and then in turns."""
    acts = ACTS[name](site, data, options.seconds)
    contest = Contest(name, "200" if name == "page" else "303")
    for act in acts:
        check(act(1), contest)
    repeats = 0
    while len(contest.ours) < options.rounds:
        with busy.watch() as others:
            runs = [act(options.seconds) for act in acts]
        for run in runs:
            check(run, contest)
        if others.percent > MOST_OTHER_PERCENT and repeats < MOST_REPEATS * options.rounds:
            repeats += 1
            continue
        contest.floor.append(runs[0])
        contest.ours.append(runs[1])
        contest.other_percent.append(others.percent)
    return contest


def check(run: Run, contest: Contest) -> None:
    """Only what was expected was answered."""
    if run.errors or set(run.statuses) != {contest.status}:
        raise SystemExit(f"{contest.name}: {run.errors} errors, statuses {run.statuses}")


def head() -> str:
    """The first lines of the table."""
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores, {WEB_PROCESSES} web "
        f"processes, {CONNECTIONS} connections. Speeds a second and milliseconds are medians of "
        "the rounds; the ratio is ours to the floor: minimum / median / maximum.\n\n"
        "| act | signatures there | floor a second | ours a second | ratio | ours p50 ms | p99 ms "
        "| others used |\n|---|---|---|---|---|---|---|---|"
    )


def line(contest: Contest, rows: int) -> str:
    """A line of the table."""

    def middle(runs: list[Run], what: str) -> float:
        return statistics.median(getattr(run, what) for run in runs)

    ratios = sorted(contest.ratios)
    ratio = f"{ratios[0]:.2f} / **{statistics.median(ratios):.2f}** / {ratios[-1]:.2f}"
    cells = [
        contest.name,
        f"{rows:,}",
        f"{middle(contest.floor, 'per_second'):,.0f}",
        f"{middle(contest.ours, 'per_second'):,.0f}",
        ratio,
        f"{middle(contest.ours, 'p50_ms'):.1f}",
        f"{middle(contest.ours, 'p99_ms'):.1f}",
        f"{max(contest.other_percent):.0f} %",
    ]
    return f"| {' | '.join(cells)} |"


# --- What is done ---------------------------------------------------------------------------------

Act = Callable[[int], Run]


def reading(site: Site, data: Path, seconds: int) -> list[Act]:
    """The page of the petition."""
    path = f"/petitions/{SLUG}/"
    return [lambda s: wrk(site, s, "get", "/floor/"), lambda s: wrk(site, s, "get", path)]


def signing(site: Site, data: Path, seconds: int) -> list[Act]:
    """A form, each time from another mailbox."""
    extra = f"&shown_at={quote(site.shown_at(SLUG))}"
    numbers = iter(range(10_000))
    run = f"{time.time_ns():x}"

    def act(path: str) -> Act:
        return lambda s: wrk(site, s, "form", path, f"r{run}n{next(numbers)}t", extra)

    return [act("/floor/sign/"), act(f"/petitions/{SLUG}/sign/")]


def confirming(site: Site, data: Path, seconds: int) -> list[Act]:
    """The button of a letter, each time of another one."""
    numbers = iter(range(10_000))

    def floor(s: int) -> Run:
        lines = [f"/floor/{time.time_ns():x}-{n}/confirm/" for n in range(s * 10_000)]
        return wrk(site, s, "lines", written(data, next(numbers), lines))

    def ours(s: int) -> Run:
        lines = [f"/signatures/{t}/confirm/" for t in pending(s * CONFIRMATIONS_PER_SECOND)]
        return wrk(site, s, "lines", written(data, next(numbers), lines))

    return [floor, ours]


ACTS = {"page": reading, "sign": signing, "confirm": confirming}


def written(data: Path, number: int, lines: list[str]) -> str:
    """A file with these lines."""
    file = data / f"lines-{number}"
    file.write_text("\n".join(lines))
    return str(file)


def wrk(site: Site, seconds: int, *arguments: str) -> Run:
    """Ask for some seconds over all connections."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
               "-s", str(SCRIPT), f"http://localhost:{site.port}", "--", *arguments]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = next(x for x in done.stdout.splitlines() if x.startswith("RESULT "))
    return Run(**json.loads(found.removeprefix("RESULT ")))


# --- What is there --------------------------------------------------------------------------------


@contextmanager
def running_site() -> Iterator[tuple[Site, Path]]:
    """A database and a web server, without a worker, until the end."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        stack.callback(shutil.rmtree, folder_for(data), ignore_errors=True)
        url = stack.enter_context(postgres.cluster("-c listen_addresses='' -c max_wal_size=4GB"))
        port = free_port()
        set_environment(data, url, free_port(), port)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.bench_settings"
        os.environ["WEB_CONCURRENCY"] = str(WEB_PROCESSES)
        manage("migrate", "--verbosity=0")
        manage("keys", "make", "--private-key-file", str(data / "private"))
        manage("collectstatic", "--noinput", "--verbosity=0")
        import django

        django.setup()
        make_petition(SLUG)
        make_tables()
        process = subprocess.Popen([str(BIN / "gunicorn"), "advocacy.wsgi"], cwd=ROOT)
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        site = Site(port, CONNECTIONS)
        wait_until(lambda: is_listening(port), "the site answers")
        if not SHOWN_AT.search(site.ask("GET", f"/petitions/{SLUG}/")):
            raise SystemExit("The petition has no form.")
        yield site, data


def make_tables() -> None:
    """The floor's table, and the petition's tally."""
    from django.db import connection

    from petitions.models import Petition, Tally
    from tests.load import floor

    Tally.objects.get_or_create(petition=Petition.objects.get(slug=SLUG))
    with connection.cursor() as cursor:
        cursor.execute(floor.TABLE)


_SIGNED = """
    INSERT INTO petitions_signature
      (petition_id, level, duplicate_hash, sealed_box, country, signed_on, confirmed_on,
       letters_on, letters_count)
    SELECT %s, 'hand_in', substring(sha256((%s::text || n)::bytea) for 16),
           decode(repeat('ab', 184), 'hex'), 'DE', current_date - 20, current_date - 20,
           current_date - 20, 1
      FROM generate_series(1, %s) AS n
"""
_FLOOR = """
    INSERT INTO floor (hash, box)
    SELECT substring(sha256((%s::text || n)::bytea) for 16), decode(repeat('ab', 250), 'hex')
      FROM generate_series(1, %s) AS n
"""


def add_rows(count: int) -> None:
    """Let so many more people have signed, here and there."""
    from django.db import connection
    from django.db.models import F

    from petitions.models import Petition, Tally

    petition = Petition.objects.get(slug=SLUG)
    left = count
    with connection.cursor() as cursor:
        while left > 0:
            batch, mark = min(left, BATCH_COUNT), time.time_ns()
            cursor.execute(_SIGNED, [petition.pk, mark, batch])
            cursor.execute(_FLOOR, [mark, batch])
            left -= batch
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    Tally.objects.filter(petition=petition).update(total=F("total") + max(count, 0))


_PENDING = """
    WITH signed AS (
        INSERT INTO petitions_signature
          (petition_id, level, duplicate_hash, sealed_box, country, signed_on, signed_hour,
           letters_on, letters_count)
        SELECT %s, 'hand_in', substring(sha256((%s::text || n)::bytea) for 16),
               decode(repeat('ab', 184), 'hex'), 'DE', current_date, 3, current_date, 1
          FROM generate_series(1, %s) AS n
        RETURNING id, duplicate_hash, sealed_box
    ), letter AS (
        INSERT INTO petitions_letter
          (petition_id, duplicate_hash, locked_address, language, is_reminder, wants_updates,
           tries_count, send_after, give_up_after, lease)
        SELECT %s, duplicate_hash, decode(repeat('ab', 104), 'hex'), 'en', true, false, 0,
               now() + interval '2 days', now() + interval '5 days', '' FROM signed
    )
    SELECT * FROM signed
"""


def pending(count: int) -> list[str]:
    """Let so many people have signed and got their letter; the tokens of their links."""
    from django.db import connection

    from petitions import tokens
    from petitions.models import Petition

    petition = Petition.objects.get(slug=SLUG)
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [petition.pk, time.time_ns(), count, petition.pk])
        rows = cursor.fetchall()
        cursor.execute("CHECKPOINT")
    return [tokens.make(tokens.SIGNATURE, tokens.claim_on(*row)) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
