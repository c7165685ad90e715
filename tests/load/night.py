"""The worst night: what breaks while people sign, and what is true afterwards.

Starts everything for real (gunicorn, two workers, PostgreSQL on a small disk with a standby, a mail
server), lets a crowd sign, confirm and read, breaks one thing after the other, mends it, and looks
at the data: the tally is the ledger is the confirmed signatures is the number of people who were
told that they count; everybody who was told to look into their inbox got their letter, and got one;
no answer was anything but a page, a redirect or "not just now".

    make night                                or
    .venv/bin/python -m tests.load.night [--only kills slow-mail] [--seconds 60] [--rate 60]

So many forms a second are sent as --rate says, whatever is answered. With --together it is one long
night: through nginx, readers beside the signers as in a real crowd, one fault after the other
without a pause, and the data is looked at once, at the end. Each who signs also looks at the pages
on the way: "check your inbox", the page behind the letter, and once more when it counts; with
--forms-only they only send the forms, as `make bench` mixes them.
"""

import argparse
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from tests import postgres
from tests.load import front, wrk
from tests.load.crowd import Crowd, Told
from tests.load.journey import make_petition, manage, wait_until
from tests.load.stage import FAKETIME, Stage

SLUG = "night"
JUMP_SECONDS = 2 * 3600
COLUMNS = ("what broke", "forms sent", "signed", "confirmed", "not just now", "no answer",
           "p50 s", "p99 s", "pages read", "of these no page")  # fmt: skip
# Of 100 requests 95 read, and the others sign and confirm.
READS_PER_SIGNATURE = 38

Fault = Callable[[Stage, float], None]


def kills(stage: Stage, seconds: float) -> None:
    """SIGKILL at random: web processes, and workers that mail and count."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(random.uniform(0.5, 2))
        stage.kill_somebody()


def database_restarted(stage: Stage, seconds: float) -> None:
    """PostgreSQL is stopped in order, stays away, comes back; then crashes and comes back."""
    for mode in ("fast", "immediate"):
        time.sleep(seconds / 6)
        stage.primary.stop(mode)
        time.sleep(seconds / 6)
        stage.primary.start()
    time.sleep(seconds / 6)


def disk_full(stage: Stage, seconds: float) -> None:
    """The database's disk has no byte left, and then has again."""
    time.sleep(seconds / 4)
    stage.fill_disk()
    time.sleep(seconds / 2)
    stage.free_disk()
    time.sleep(seconds / 4)


def fail_over(stage: Stage, seconds: float) -> None:
    """The database dies for good; its standby takes over."""
    stage.add_standby()
    time.sleep(seconds / 2)
    stage.fail_over()
    time.sleep(seconds / 2)


def mail(mood: str) -> Fault:
    """A mail server of that mood for a while."""

    def fault(stage: Stage, seconds: float) -> None:
        time.sleep(seconds / 4)
        stage.mails.be(mood)
        time.sleep(seconds / 2)
        stage.mails.be("well")
        time.sleep(seconds / 4)

    fault.__doc__ = f"The mail server is {mood} for a while."
    return fault


def mail_refusing(stage: Stage, seconds: float) -> None:
    """The mail server refuses for good (550); the operator mends it and lets them go again."""
    mail("refusing")(stage, seconds)
    manage("outbox", "--retry")


def cache_gone(stage: Stage, seconds: float) -> None:
    """The shared cache goes away under everybody's feet, again and again."""
    for _ in range(5):
        time.sleep(seconds / 5)
        stage.forget_cache()


def clock_jumped(stage: Stage, seconds: float) -> None:
    """The server's clock is two hours ahead for a while."""
    stage.restart(
        LD_PRELOAD=str(FAKETIME), FAKETIME=f"+{JUMP_SECONDS}s", FAKETIME_DONT_FAKE_MONOTONIC="1"
    )
    time.sleep(seconds / 2)
    stage.restart()
    time.sleep(seconds / 2)
    hurry()


def hurry() -> None:
    """Have the letters leave that were signed ahead of time: they would stay for two hours."""
    from django.db import connection
    from django.utils import timezone

    from petitions.models import Letter

    connection.close()  # our own, which may be from before the database was restarted
    ahead = Letter.objects.leaving(timezone.now() + timedelta(seconds=JUMP_SECONDS))
    ahead.update(send_after=timezone.now())


def deploy(stage: Stage, seconds: float) -> None:
    """Migrations back and forth, and all processes exchanged, while people sign."""
    time.sleep(seconds / 3)
    stage.deploy()
    time.sleep(2 * seconds / 3)


FAULTS: dict[str, Fault] = {
    "nothing": lambda stage, seconds: time.sleep(seconds),
    "kills": kills,
    "database-restarted": database_restarted,
    "disk-full": disk_full,
    "slow-mail": mail("slow"),
    "busy-mail": mail("busy"),
    "silent-mail": mail("silent"),
    "gone-mail": mail("gone"),
    "refusing-mail": mail_refusing,
    "cache-gone": cache_gone,
    "clock-jumped": clock_jumped,
    "deploy": deploy,
    "fail-over": fail_over,
}
# Somebody who was killed, or a mail server that was, may have taken a letter and not said so.
MAY_REPEAT = {"kills", "silent-mail", "gone-mail", "slow-mail", "database-restarted", "disk-full",
              "fail-over"}  # fmt: skip


def main() -> None:
    """Break everything once; the status is 0 only if all was true afterwards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(FAULTS), choices=FAULTS)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--forms-only", action="store_true")
    options = parser.parse_args()
    if not postgres.programs():
        raise SystemExit("This needs PostgreSQL: apt-get install postgresql")
    if options.together:
        os.environ["BEHIND_PROXY"] = "1"
    stage = Stage()
    try:
        import django

        django.setup()
        make_petition(SLUG)
        looks = not options.forms_only
        names = [name for name in options.only if is_possible(stage, name)]
        if options.together:
            with front.running([stage.port], [stage.page_port]) as door:
                crowd = Crowd(door.port, SLUG, stage.mails, options.rate, looks=looks)
                long_night(stage, crowd, names, options.seconds)
        else:
            crowd = Crowd(stage.port, SLUG, stage.mails, options.rate, looks=looks)
            nights(stage, crowd, names, options.seconds)
    except BaseException:
        print(*stage.tail(), sep="\n")
        raise
    finally:
        stage.close()
    print("\nAfterwards: tally = ledger = confirmed = people who were told that they count.")


def is_possible(stage: Stage, name: str) -> bool:
    """Whether it can be broken here; says so where it can't."""
    lacks = {"disk-full": not stage.has_small_disk, "clock-jumped": not FAKETIME.exists()}
    if lacks.get(name):
        print(f"{name} is left out: it needs root and libfaketime.")
    return not lacks.get(name)


def nights(stage: Stage, crowd: Crowd, names: list[str], seconds: float) -> None:
    """One fault after the other, and the data after each."""
    crowd.start()
    print("| what broke | signed | not just now | no answer | letters twice | settled in s |")
    print("|---|---|---|---|---|---|")
    for name in names:
        print(night(stage, crowd, name, seconds), flush=True)
    crowd.is_over = True


def long_night(stage: Stage, crowd: Crowd, names: list[str], seconds: float) -> None:
    """All of it without a pause, while most people only read; the data once, at the end."""
    crowd.start()
    started, crowd.is_signing = time.monotonic(), True
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for name in names:
        print(stretch(stage, crowd, name, seconds), flush=True)
    crowd.is_signing, took = False, time.monotonic() - started
    hurry()
    told, sent = crowd.told, crowd.told.asked.total()
    settled = wait_until(lambda: has_settled(crowd), "all is done")
    crowd.is_over = True
    check(crowd)
    print(
        f"\n{took:.0f} s, in which {sent:,} forms were sent, {sent / took:.0f} a second. "
        f"{len(told.counted):,} people signed, got their letter and confirmed, "
        f"{len(told.counted) / took:.0f} a second. {told.statuses['503']:,} answers to them were "
        f"“not just now”, and {told.statuses['no answer']:,} came not at all. {repeats(stage)} "
        f"letters came twice. All was settled {settled:.0f} s after the last new one."
    )


def stretch(stage: Stage, crowd: Crowd, name: str, seconds: float) -> str:
    """One fault of the long night. A line of its table, per second but for the times waited."""
    told, before, started = crowd.told, standing(crowd.told), time.monotonic()
    waits_count = len(told.waited_seconds)
    with wrk.readers(
        crowd.port, f"/petitions/{SLUG}/", crowd.per_second * READS_PER_SIGNATURE
    ) as reading:
        FAULTS[name](stage, seconds)
    new, took = standing(told) - before, time.monotonic() - started
    waits = sorted(told.waited_seconds[waits_count:]) or [0.0]
    numbers = [new[what] / took for what in ("sent", "signed", "confirmed", "503", "no answer")]
    cells = [name, *(f"{number:,.0f}" for number in numbers)]
    cells += [f"{waits[int(part * len(waits))]:.2f}" for part in (0.5, 0.99)]
    cells += [f"{reading[0].per_second:,.0f}", f"{reading[0].errors / took:,.0f}"]
    return f"| {' | '.join(cells)} |"


def standing(told: Told) -> Counter[str]:
    """What was sent and said so far."""
    done = {"sent": told.asked.total(), "signed": len(told.signed), "confirmed": len(told.counted)}
    return Counter(done) + told.statuses


def night(stage: Stage, crowd: Crowd, name: str, seconds: float) -> str:
    """One fault while people sign; then the truth. A line of the table."""
    signed, statuses = len(crowd.told.signed), Counter(crowd.told.statuses)
    repeated = repeats(stage)
    crowd.is_signing = True
    FAULTS[name](stage, seconds)
    crowd.is_signing = False
    settled = wait_until(lambda: has_settled(crowd), f"all is done after {name}")
    check(crowd)
    twice = repeats(stage) - repeated
    if twice and name not in MAY_REPEAT:
        raise SystemExit(f"{name}: {twice} letters came twice.")
    new = crowd.told.statuses - statuses
    cells = [name, len(crowd.told.signed) - signed, new["503"], new["no answer"], twice]
    return f"| {' | '.join(str(cell) for cell in cells)} | {settled:.0f} |"


def has_settled(crowd: Crowd) -> bool:
    """Whether nobody waits, no letter is to leave, and all that is confirmed is counted."""
    from django.db import DatabaseError, close_old_connections
    from django.utils import timezone

    from petitions.models import LedgerEntry, Letter

    close_old_connections()
    try:
        # With some time to come: what was put off for a minute or more is still to leave.
        later = timezone.now() + timedelta(minutes=30)
        is_done = not Letter.objects.leaving(later).exists()
        is_counted = not LedgerEntry.objects.filter(position=None).exists()
    except DatabaseError:
        return False
    return is_done and is_counted and crowd.is_idle()


def repeats(stage: Stage) -> int:
    """Letters that came more than once, with the same Message-ID."""
    return sum(len(letters) - len(set(letters)) for letters in list(stage.mails.letters.values()))


def check(crowd: Crowd) -> None:
    """What must be true whatever broke. Raises SystemExit that says what is not."""
    from petitions import counting
    from petitions.models import Signature

    told, wrong = crowd.told, list(crowd.told.unexpected)
    (found,) = counting.differences()
    confirmed_count = Signature.objects.counting().count()
    if not found.is_zero:
        wrong.append(f"numbers that differ: {found}")
    if not found.tally == confirmed_count == len(told.counted):
        wrong.append(f"tally {found.tally}, confirmed {confirmed_count}, told {len(told.counted)}")
    letters = {person: set(ids) for person, ids in crowd.mails.letters.items()}
    if lost := told.signed - letters.keys():
        wrong.append(f"{len(lost)} people were told to look into their inbox and got nothing")
    if several := [p for p, ids in letters.items() if len(ids) > told.asked[p]]:
        wrong.append(f"{len(several)} people got more letters than they asked for")
    if strangers := Signature.objects.count() - len(told.asked.keys() & letters.keys()):
        wrong.append(f"{strangers} signatures of nobody")
    if wrong:
        raise SystemExit("\n".join(Counter(wrong)))


if __name__ == "__main__":
    main()
