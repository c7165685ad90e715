"""The worker: sends mail, counts, moves what editors decided, makes pictures, forgets.

Several may run.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from petitions import (
    counting,
    daily_salt,
    delivery,
    integrity,
    letters,
    outbox,
    retention,
    sealing,
    stafflog,
    switches,
)
from stories import locking, pictures, search

log = logging.getLogger("petitions.work")

PAUSE_SECONDS = 1
# While few letters wait, some more are waited for: each batch begins with a dozen questions to the
# database and the mail server, however many letters are in it.
GATHER_SECONDS = 0.2
LONGEST_MAIL_PAUSE_SECONDS = 300
FORGET_EVERY_SECONDS = 3600
INDEX_EVERY_SECONDS = 60  # so long may a story wait to be found that appears at its moment
NOTE_HEAD_EVERY_SECONDS = 24 * 3600
# By this `manage.py doctor` sees that a worker runs: the time, and nothing else.
SEEN_KEY = "worker.seen"
SEEN_EVERY_SECONDS = 10
SEEN_KEPT_SECONDS = 3600
# The moment up to which everything is counted: ledger entries have none, on purpose.
COUNTED_KEY = "worker.counted"

FORGET = (
    retention.forget_expired,
    retention.forget_refused,
    retention.forget_clues,
    retention.destroy_due,
    daily_salt.forget_expired,
    pictures.lock_originals,
    search.index_all,  # also forgets: words that are on no page any more
)


class Command(BaseCommand):
    """Thin: a loop around the acts, and what to do when one fails."""

    help = "Send letters, count signatures, make pictures, forget what has expired; until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--once`."""
        parser.add_argument("--once", action="store_true", help="Do what there is to do, and end.")

    def handle(self, *, once: bool, **options: object) -> None:
        """Work until a signal says stop; what is under way is finished first."""
        sealing.require_keys()
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        worker = Worker()
        while not stop.is_set():
            close_old_connections()  # one that broke is opened again, as between two requests
            did_something = worker.round()
            if once and not did_something:
                break
            if not did_something:
                stop.wait(PAUSE_SECONDS)
            elif worker.may_gather:
                stop.wait(GATHER_SECONDS)


class Worker:
    """One round after another, remembering when each thing that is not done always is due."""

    def __init__(self) -> None:
        self.mail_at = self.forget_at = self.index_at = self.note_head_at = time.monotonic()
        self.seen_at = self.counted_at = time.monotonic()
        self.mail_pause_seconds = 1
        self.is_resting = False
        self.letters_sent_count = self.updates_sent_count = 0  # in this round
        self.may_gather = False  # whether the next round can wait for a moment

    def round(self) -> bool:
        """Do each thing once; True if there may be more to do."""
        self.letters_sent_count = self.updates_sent_count = 0
        self.be_seen()
        if self.rests():
            return False
        # Counting first and between batches, so that slow mail never holds up the number.
        counted = self.guarded(self.count)
        moved = self.guarded(integrity.carry_out)
        sent = self.guarded(self.send)
        taken_down = self.guarded(pictures.take_down_barred)
        # One format of one photo, so that letters and counts wait a few seconds at most.
        rendered = self.guarded(pictures.render_next)
        if time.monotonic() >= self.forget_at:
            self.forget_at = time.monotonic() + FORGET_EVERY_SECONDS
            for forget in FORGET:
                self.guarded(forget)
        if time.monotonic() >= self.index_at:
            self.index_at = time.monotonic() + INDEX_EVERY_SECONDS
            self.guarded(search.catch_up)
        if time.monotonic() >= self.note_head_at:
            self.note_head_at = time.monotonic() + NOTE_HEAD_EVERY_SECONDS
            self.guarded(self.note_head)
        is_long = moved or taken_down or rendered or self.updates_sent_count
        # Of a whole batch, too, some letters may not be wanted any more.
        self.may_gather = not is_long and 2 * self.letters_sent_count < settings.LETTER_BATCH_COUNT
        return bool(counted or moved or sent or taken_down or rendered)

    def rests(self) -> bool:
        """Whether the database may be on its way elsewhere, so that nothing is written or sent."""
        is_read_only = switches.current().is_read_only
        if is_read_only is not self.is_resting:
            log.info("resting" if is_read_only else "working again")
        self.is_resting = is_read_only
        return is_read_only

    def be_seen(self) -> None:
        """Leave the time in the cache; a cache that is away keeps nobody from working."""
        if time.monotonic() < self.seen_at:
            return
        self.seen_at = time.monotonic() + SEEN_EVERY_SECONDS
        self.leave(SEEN_KEY, time.time())

    def leave(self, key: str, moment: float) -> None:
        """Leave a moment in the cache."""
        try:
            cache.set(key, moment, timeout=SEEN_KEPT_SECONDS)
        except Exception as error:  # of whichever library the cache is
            log.error("worker not seen", exc_info=error)

    def count(self) -> int:
        """Count all, and say up to when: what was confirmed before we began is counted now."""
        began = time.time()
        counted = counting.count_all()
        if time.monotonic() >= self.counted_at:
            self.counted_at = time.monotonic() + SEEN_EVERY_SECONDS
            self.leave(COUNTED_KEY, began)
        return counted

    def send(self) -> int:
        """Send a batch, or wait longer and longer for a mail server that is down."""
        if time.monotonic() < self.mail_at:
            return 0
        try:
            self.letters_sent_count = letters.send_waiting()
            self.updates_sent_count = delivery.send_waiting()
        except outbox.MailServerDown as error:
            log.error("mail server down", extra={"facts": {"cause": str(error)}})
            self.mail_at = time.monotonic() + self.mail_pause_seconds
            self.mail_pause_seconds = min(2 * self.mail_pause_seconds, LONGEST_MAIL_PAUSE_SECONDS)
            return 0
        self.mail_pause_seconds = 1
        return self.letters_sent_count + self.updates_sent_count

    def note_head(self) -> int:
        """Write the head of the staff log to our own log, so that it stands outside, too."""
        if head := stafflog.head():
            log.info("staff log", extra={"facts": {"number": head.number, "hash": head.hash}})
        return 0

    def guarded(self, act: Callable[[], int]) -> int:
        """Do it; where the database or a key is away, say so and try again in the next round."""
        try:
            return act()
        except (OperationalError, InterfaceError, sealing.KeyMissing, locking.Locked) as error:
            log.error("not done", exc_info=error, extra={"facts": {"act": act.__name__}})
            return 0
