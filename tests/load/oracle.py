"""Does the time of an answer tell who has signed? Measures, with the real thing, and prints.

Signs in turn as somebody new, pending, counted, withdrawn, held or blocked, over HTTP against
gunicorn and PostgreSQL, and prints for each the distribution of times and how well a guesser could
tell it from "new": 0.50 is a coin's toss, 1.00 is certainty (the area under the ROC curve).

    .venv/bin/python -m tests.load.oracle [--rounds 300]
"""

import argparse
import random
import statistics
import time
from bisect import bisect_left, bisect_right

from tests.load.journey import Site, make_petition, running_site

STATES = ("new", "pending", "counted", "withdrawn", "held", "blocked")
WARM_UP_COUNT = 40


def main() -> None:
    """Measure and print; the status is 0 whatever comes out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    # One connection after the other, so that nothing waits for anything but the answer.
    with running_site(1) as (site, _):
        make_petition("oracle")
        prepare(rounds)
        times = measure(site, rounds)
        if wrong := {status for (what, status) in site.statuses if "POST" in what} - {303}:
            raise SystemExit(f"Signing was answered by {wrong}, so this measures nothing.")
    for state in STATES:
        report(state, times[state], times["new"])


def prepare(rounds: int) -> None:
    """Put people into each state beforehand, one for every time they will sign again."""
    from petitions import addresses, integrity, sealing
    from petitions.models import Block, Petition
    from petitions.signing import claim_on, withdraw
    from tests.factories import confirm, make_signature

    petition = Petition.objects.get(slug="oracle")
    for number in range(rounds):
        make_signature(petition, f"pending{number}@example.org")
        confirm(make_signature(petition, f"counted{number}@example.org"))
        gone = make_signature(petition, f"withdrawn{number}@example.org")
        confirm(gone)
        withdraw(gone, claim_on(gone))
        held = make_signature(petition, f"held{number}@example.org")
        confirm(held)
        integrity.hold(held, "oracle")
        canonical = addresses.canonical(f"blocked{number}@example.org")
        Block.objects.create(address_hash=sealing.list_hash(canonical), act=Block.Act.REFUSE)


def measure(site: Site, rounds: int) -> dict[str, list[float]]:
    """Milliseconds by state, in a new order each round so that drift touches all alike."""
    shown_at = site.shown_at("oracle")
    for number in range(WARM_UP_COUNT):
        sign(site, f"warm{number}@example.org", shown_at)
    times: dict[str, list[float]] = {state: [] for state in STATES}
    for number in range(rounds):
        for state in random.sample(STATES, len(STATES)):
            times[state].append(sign(site, f"{state}{number}@example.org", shown_at))
    return times


def sign(site: Site, address: str, shown_at: str) -> float:
    """Sign once; returns the milliseconds until the answer was there."""
    form = {"name": "Mira Novak", "email": address, "country": "DE", "shown_at": shown_at}
    started = time.perf_counter()
    site.ask("POST", "/petitions/oracle/sign/", form)
    return (time.perf_counter() - started) * 1000


def report(state: str, times: list[float], new: list[float]) -> None:
    """One line a state."""
    p5, p50, p95 = (statistics.quantiles(times, n=20)[i] for i in (0, 9, 18))
    print(
        f"{state:10} n {len(times)}   p5 {p5:6.2f}   median {p50:6.2f}   p95 {p95:6.2f} ms   "
        f"told from new: {tellable(times, new):.3f}"
    )


def tellable(times: list[float], new: list[float]) -> float:
    """The chance that of one of each the slower is the one in `times`; 0.5 tells nothing."""
    ordered = sorted(new)
    below = sum((bisect_left(ordered, t) + bisect_right(ordered, t)) / 2 for t in times)
    return below / (len(times) * len(new))


if __name__ == "__main__":
    main()
