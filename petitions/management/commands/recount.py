"""Does every tally say what the ledger says?"""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from petitions import counting
from petitions.models import Petition


class Command(BaseCommand):
    """Compare, and mend only when asked to."""

    help = "Compare tallies with the ledger and with the confirmed signatures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--mend`."""
        parser.add_argument(
            "--mend", action="store_true", help="Make wrong tallies again from the ledger."
        )

    def handle(self, *, mend: bool, **options: object) -> None:
        """Print a line a petition; end with status 1 where something does not agree."""
        wrong = [d for d in counting.differences() if not self.report(d)]
        if mend:
            for difference in wrong:
                counting.mend(Petition.objects.get(slug=difference.petition).pk)
            wrong = [d for d in counting.differences() if not self.report(d)]
        if wrong:
            raise CommandError(f"{len(wrong)} of the tallies and ledgers do not agree.")
        self.stdout.write("All tallies agree with the ledger.")

    def report(self, difference: counting.Difference) -> bool:
        """Say how one petition stands; True if its numbers agree."""
        self.stdout.write(
            f"{difference.petition}: tally {difference.tally}, counted {difference.counted}, "
            f"ledger {difference.ledger}, confirmed {difference.confirmed}"
        )
        return difference.is_zero
