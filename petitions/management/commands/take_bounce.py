"""What the mail server reports of letters that came back."""

import os
import sys
from email import message_from_binary_file

from django.core.management.base import BaseCommand

from petitions import delivery, letters, switches


class Command(BaseCommand):
    """For the mail server to pipe reports into; see docs/operations.md."""

    help = "Read one delivery report from standard input and write no more to whom it is about."

    def handle(self, **options: object) -> None:
        """Say how many that were, and nothing of whose."""
        if switches.current().is_read_only:
            raise SystemExit(os.EX_TEMPFAIL)  # the mail server keeps it and comes again
        # As its own standard input, so that no address stands among the arguments.
        report = message_from_binary_file(sys.stdin.buffer)
        letters_count, updates_count = letters.take_bounce(report), delivery.take_bounce(report)
        self.stdout.write(
            f"{letters_count} letters given up, updates to {updates_count} interrupted."
        )
