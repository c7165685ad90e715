"""How near is the site to the least that Django could do? Prints ratios, in markdown.

Starts PostgreSQL (whose commits reach the disk) and gunicorn, and asks the site and the floor
(floor.py) in turn with wrk: a petition's page, signing, confirming, with ever more signatures on
the petition. Each answer's status is checked. Rounds in which other programs used the machine are
repeated, and what they used is printed. Then what happens behind the pages (behind.py): how many
letters leave, how soon is counted, and all of it at once.

    make bench                                      or
    .venv/bin/python -m tests.load.bench [--rows 0 10000 10000000] [--rounds 5] [--seconds 3]
"""

import argparse
import os
import shutil
import signal
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
from tests.load import behind, busy, mixed, rows
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
from tests.load.wrk import CONNECTIONS, SLUG, Run, written, wrk

WEB_PROCESSES = 2 * os.cpu_count() + 1  # as gunicorn.conf.py has it
CONFIRMATIONS_PER_SECOND = 3000  # more than a run can use up
MOST_OTHER_PERCENT = 8
MOST_REPEATS = 4


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
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 10_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[*ACTS, *BEHIND], choices=[*ACTS, *BEHIND])
    parser.add_argument("--mixed-seconds", type=int, default=20)
    options = parser.parse_args()
    if not shutil.which("wrk") or not postgres.programs():
        raise SystemExit("This needs wrk and PostgreSQL: apt-get install wrk postgresql")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and leave nothing behind
    with running_site() as (site, data):
        acts = [name for name in options.only if name in ACTS]
        print(head() if acts else "")
        there, p50 = 0, {}
        for count in options.rows:
            rows.add(SLUG, count - there)
            there = count
            for name in acts:
                contest = contests(site, data, name, options)
                p50[name, count] = statistics.median(run.p50_ms for run in contest.ours)
                print(line(contest, count), flush=True)
        print_growth(p50, options.rows)
        print(f"\nPeak memory of a web process: {busy.peak_megabytes('gunicorn')} MB.\n")
        for name in (name for name in options.only if name in BEHIND):
            BEHIND[name](site, data, options.mixed_seconds)


def print_growth(p50: dict[tuple[str, int], float], counts: list[int]) -> None:
    """How much longer an answer takes among many signatures than among few."""
    few, many = (counts[-2:] * 2)[:2]
    for name in {name: None for name, _ in p50} if few != many else ():
        ratio = p50[name, many] / p50[name, few]
        print(f"\n{name}: p50 with {many:,} signatures is {ratio:.2f} × that with {few:,}.")


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
    return _signing(site, "/floor/sign/")


def signing_checked(site: Site, data: Path, seconds: int) -> list[Act]:
    """The same, and a floor that looks at name and address before it stores them."""
    return _signing(site, "/floor/sign/checked/")


def _signing(site: Site, floor: str) -> list[Act]:
    extra = f"&shown_at={quote(site.shown_at(SLUG))}"
    numbers = iter(range(10_000))
    run = f"{time.time_ns():x}"

    def act(path: str) -> Act:
        return lambda s: wrk(site, s, "form", path, f"r{run}n{next(numbers)}t", extra)

    return [act(floor), act(f"/petitions/{SLUG}/sign/")]


def confirming(site: Site, data: Path, seconds: int) -> list[Act]:
    """The button of a letter, each time of another one."""

    def floor(s: int) -> Run:
        lines = [f"/floor/{time.time_ns():x}-{n}/confirm/" for n in range(s * 10_000)]
        return wrk(site, s, "lines", written(data, lines))

    def ours(s: int) -> Run:
        tokens = rows.pending(SLUG, s * CONFIRMATIONS_PER_SECOND)
        lines = [f"/signatures/{token}/confirm/" for token in tokens]
        return wrk(site, s, "lines", written(data, lines))

    return [floor, ours]


ACTS = {"page": reading, "sign": signing, "sign-checked": signing_checked, "confirm": confirming}
# What has no floor: a line or a table of its own.
BEHIND = {"worker": behind.worker, "tally": behind.count, "mixed": mixed.without_proxy,
          "nginx": mixed.behind_nginx}  # fmt: skip


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


if __name__ == "__main__":
    sys.exit(main())
