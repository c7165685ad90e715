"""Withdraw again what a restored backup has brought back."""

import json
import sys
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stories import withdrawal
from stories.models import Withdrawal

_FIELDS = ["kind", "number", "reason", "was_public"]


class Command(BaseCommand):
    """`withdrawals export`, `withdrawals import` and `withdrawals again`."""

    help = "Keep the list of withdrawn addresses apart, and apply it after restoring a backup."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and the file to read."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("export", help="Print the list: hashes, days and reasons, no names.")
        reads = acts.add_parser("import", help="Add a list that was exported.")
        reads.add_argument("file", type=Path, nargs="?", help="The list; without it, the input.")
        acts.add_parser("again", help="Withdraw whatever the list names and is there.")

    def handle(self, *, act: str, **options: object) -> None:
        """Do it, and say what was done."""
        {"export": self.write, "import": self.read, "again": self.again}[act](**options)

    def write(self, **options: object) -> None:
        """Print a line for each address."""
        for row in Withdrawal.objects.order_by("pk"):
            line = {name: getattr(row, name) for name in _FIELDS}
            line |= {"on": row.withdrawn_on.isoformat(), "hash": bytes(row.path_hash).hex()}
            self.stdout.write(json.dumps(line))

    def read(self, *, file: Path | None = None, **options: object) -> None:
        """Add those that are not known yet."""
        text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
        before = Withdrawal.objects.count()
        try:
            rows = [_row(json.loads(line)) for line in text.splitlines() if line.strip()]
        except (ValueError, KeyError, TypeError):
            raise CommandError("This is not a list that was exported. Nothing was added.") from None
        Withdrawal.objects.bulk_create(rows, ignore_conflicts=True)
        self.stdout.write(f"Added: {Withdrawal.objects.count() - before}.")

    def again(self, **options: object) -> None:
        """Withdraw what is back."""
        rows_count, files_count = withdrawal.withdraw_again()
        self.stdout.write(f"Withdrawn again: {rows_count}. Files removed besides: {files_count}.")


def _row(line: dict[str, object]) -> Withdrawal:
    return Withdrawal(
        **{name: line[name] for name in _FIELDS},
        withdrawn_on=date.fromisoformat(line["on"]),
        path_hash=bytes.fromhex(line["hash"]),
    )
