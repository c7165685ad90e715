"""Is the staff log whole, and what is in it?"""

import re

from django.core.management.base import BaseCommand, CommandError, CommandParser

from petitions import stafflog
from petitions.models import StaffAct


class Command(BaseCommand):
    """Check and list; writing it is for those who act."""

    help = "Check the chain of the staff log, or list its lines."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `check` with `--head`, and `list`."""
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser("check", help="Say whether the chain is whole.")
        check.add_argument(
            "--head", metavar="NUMBER:HASH", help="Say also whether this earlier head is in it."
        )
        acts.add_parser("list", help="Print all lines, the oldest first.")

    def handle(self, *, act: str, **options: object) -> None:
        """Do what was asked for; end with status 1 where the log is not whole."""
        if act == "list":
            self.print_lines()
        else:
            self.say_whether_whole(options["head"])

    def say_whether_whole(self, noted: str | None) -> None:
        """Print the head to be noted, or say what does not fit."""
        if wrong := stafflog.verify():
            raise CommandError(f"Line {wrong} of the staff log was changed or is missing.")
        if noted and not stafflog.holds(_head(noted)):
            raise CommandError("The noted head is not in the staff log: lines were cut off.")
        head = stafflog.head()
        newest = f" Its head is {head.number}:{head.hash}" if head else " It is empty."
        self.stdout.write(f"The staff log is whole.{newest}")

    def print_lines(self) -> None:
        """A line a line: number, moment, who, act, about what, facts."""
        for line in StaffAct.objects.order_by("number").iterator():
            facts = " ".join(f"{name}={value}" for name, value in line.facts.items())
            moment = line.at.isoformat(timespec="seconds")
            words = (line.number, moment, line.who or "-", line.act, line.about, facts)
            self.stdout.write("  ".join(str(word) for word in words if word != ""))


def _head(noted: str) -> stafflog.Head:
    if not re.fullmatch(r"\d{1,18}:[0-9a-fA-F]{64}", noted):
        raise CommandError("Write the head as NUMBER:HASH, as `stafflog check` prints it.")
    number, _, digest = noted.partition(":")
    return stafflog.Head(int(number), digest)
