"""What is found in five scripts, and how fast among ten thousand stories.

.venv/bin/python -m tests.load.search            # both databases
.venv/bin/python -m tests.load.search --table    # what is found, as docs/search.md shows it
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time

from tests import postgres

STORIES_COUNT = 10_000
ROUNDS_COUNT = 15
# Of these, the words of a text are drawn, the first ones most often, as in life.
WORDS_COUNT = 20_000

STORIES = [
    ("en", "Berta Zúñiga Cáceres defends the river", "Honduras: the Gualcarque river."),
    ("es", "Detención arbitraria en Bogotá", "Una periodista fue detenida."),
    ("ru", "Журналистка Елена Милашина избита в Грозном", "Ещё одно нападение в Чечне."),
    ("uk", "Кримськотатарського журналіста засуджено", "Суд у Криму."),
    ("ar", "إطلاق سراح الصحفيين في اليمن", "حرية الصحافة والمحامين."),
    ("fa", "نرگس محمدی در زندان اوین", "برندهٔ جایزهٔ صلح نوبل."),
    ("he", "העיתונאית שוחררה מהכלא", "בית המשפט קיבל את הערעור."),
    ("zh", "中国人权律师被判刑", "律师余文生再次被捕。"),
    ("zh", "香港民主派初選案", "四十七人被控顛覆國家政權。"),
]
QUERIES = [
    ("Latin", ["zuniga", "Caceres ZÚÑIGA", "detencion bogota", "journal", "riv", "iver"]),
    ("Cyrillic", ["милашина", "еще", "журналист", "Крим", "лашина"]),
    ("Arabic", ["صحفيين", "اطلاق", "محمدي", "نرگس", "نوبل"]),
    ("Hebrew", ["עיתונאית", "כלא", "משפט"]),
    ("Chinese", ["人权", "律师", "权人", "初選", "余文生"]),
]
# A word of nearly every text, a frequent and a rare one, two at once, two letters of Chinese …
MEASURED = ["{0}", "{5}", "{1000}", "{3} {40}", "{15000}", "{2} {15000}", "wo",
            "人权", "律师 判刑", "милашина", "صحفيين", "של", "nothing-of-the-kind"]  # fmt: skip


def main() -> None:
    """Measure on both databases, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true", help="print what is found instead")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", help="sqlite or postgresql")
    options = parser.parse_args()
    if options.inside:
        inside(options.table)
        return
    if options.only != "postgresql":
        run("SQLite", "", options.table)
    if options.only != "sqlite":
        with postgres.cluster("-c listen_addresses='' -c fsync=off") as url:
            run("PostgreSQL", url, options.table)


def run(name: str, url: str, is_table: bool) -> None:
    """One database, empty at first."""
    print(f"## {name}\n", flush=True)
    command = [sys.executable, "-m", "tests.load.search", "--inside"]
    environment = os.environ | {
        "TEST_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    subprocess.run(command + ["--table"] * is_table, env=environment, check=True)
    print(flush=True)


def inside(is_table: bool) -> None:
    """Fill the database and ask it."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for number, (language, title, summary) in enumerate(STORIES):
        _make_story(f"known-{number}", title, summary, f"<p>{summary}</p>", language)
    if is_table:
        print_table()
    else:
        measure()


def print_table() -> None:
    """Query by query, the titles that are found."""
    from stories import finding, search

    search.index_all()
    print("| script | query | finds |\n|---|---|---|")
    for script, queries in QUERIES:
        for query in queries:
            titles = [entry.title for entry in finding.find(finding.Question(query))]
            print(f"| {script} | {query} | {' · '.join(titles) or 'nothing'} |")


def measure() -> None:
    """Medians over the whole page, from the query to its HTML."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    from stories import search

    setup_test_environment()  # so that answers carry their context
    words = _vocabulary()
    _make_stories(words)
    began = time.perf_counter()
    count = search.index_all()
    print(f"{count} entries indexed in {time.perf_counter() - began:.1f} s; ", end="")
    for name, act in (("comparing all", search.index_all), ("catching up", search.catch_up)):
        began = time.perf_counter()
        act()
        print(f"{name} {time.perf_counter() - began:.2f} s; ", end="")
    with connection.cursor() as cursor:
        # As autovacuum does by itself after so many rows.
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    print("\n\n| query | results | median ms | slowest ms |\n|---|---|---|---|")
    client, medians = Client(), []
    for query in (query.format(*words) for query in MEASURED):
        times, results = [], 0
        for _ in range(ROUNDS_COUNT):
            began = time.perf_counter()
            response = client.get("/search/", {"q": query}, headers={"host": "testserver"})
            times.append((time.perf_counter() - began) * 1000)
            results = response.context["page"].paginator.count
        medians.append(statistics.median(times))
        print(f"| {query} | {results} | {medians[-1]:.1f} | {max(times):.1f} |", flush=True)
    print(f"\nMedian of all questions: {statistics.median(medians):.1f} ms")


def _vocabulary() -> list[str]:
    dice = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "or")]
    words = {"word"}
    while len(words) < WORDS_COUNT:
        words.add("".join(dice.choices(syllables, k=dice.randint(2, 4))))
    return sorted(sorted(words), key=lambda _: dice.random())


def _make_stories(words: list[str]) -> None:
    from stories.models import Story

    dice = random.Random(2)
    weights = [1 / (rank + 1) for rank in range(len(words))]
    rows = []
    for number in range(STORIES_COUNT):
        drawn = dice.choices(words, weights, k=450)
        title, summary, text = drawn[:7], drawn[7:30], drawn[30:]
        if number % 50 == 0:  # one in fifty says something in another script, too
            text.insert(200, dice.choice(STORIES)[1])
        rows.append(
            _make_story(
                f"s{number}",
                " ".join(title),
                " ".join(summary),
                f"<p>{' '.join(text)}</p>",
                save=False,
            )
        )
    Story.objects.bulk_create(rows, batch_size=500)


def _make_story(
    slug: str, title: str, summary: str, body: str, language: str = "en", *, save: bool = True
) -> object:
    from django.utils import timezone

    from stories.models import Story

    story = Story(
        slug=slug, title=title[:160], summary=summary[:250], body=body, language=language,
        status="published", published_at=timezone.now(),
    )  # fmt: skip
    if save:
        story.save()
    return story


if __name__ == "__main__":
    main()
