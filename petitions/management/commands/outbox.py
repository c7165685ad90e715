"""How is the mail?"""

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from petitions import letters
from petitions.models import Letter


class Command(BaseCommand):
    """Counts, since nobody needs to see whose letters they are."""

    help = "Say how many letters wait, and let those go again that were given up."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--retry`."""
        parser.add_argument(
            "--retry", action="store_true", help="Send letters again that were given up."
        )

    def handle(self, *, retry: bool, **options: object) -> None:
        """Print one line."""
        if retry:
            self.stdout.write(f"{letters.retry_refused()} letters are tried again.")
        refused_count = Letter.objects.refused().count()
        now_count = Letter.objects.leaving(timezone.now()).count()
        later_count = Letter.objects.count() - refused_count - now_count
        self.stdout.write(
            f"{now_count} letters to send now, {later_count} later (reminders, and what was put "
            f"off), {refused_count} given up."
        )
