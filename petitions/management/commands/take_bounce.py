"""What the mail server reports of letters that came back."""

import sys
from email import message_from_binary_file

from django.core.management.base import BaseCommand

from petitions import letters


class Command(BaseCommand):
    """For the mail server to pipe reports into; see docs/operations.md."""

    help = "Read one delivery report from standard input and give up the letters it is about."

    def handle(self, **options: object) -> None:
        """Say how many letters that were, and nothing of whose."""
        # As its own standard input, so that no address stands among the arguments.
        count = letters.take_bounce(message_from_binary_file(sys.stdin.buffer))
        self.stdout.write(f"{count} letters given up.")
