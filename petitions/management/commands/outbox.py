"""How is the mail?"""

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from petitions import delivery, letters
from petitions.models import Delivery, Letter, Outgoing


class Command(BaseCommand):
    """Counts, since nobody needs to see whose letters they are."""

    help = "Say how many letters and updates wait, and let go again what was given up."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--retry`."""
        parser.add_argument("--retry", action="store_true", help="Send again what was given up.")

    def handle(self, *, retry: bool, **options: object) -> None:
        """Print a line for letters and one for updates."""
        if retry:
            self.stdout.write(f"{letters.retry_refused()} letters are tried again.")
            self.stdout.write(f"{delivery.retry_refused()} updates are tried again.")
        self.stdout.write(_counts(Letter, "letters", "reminders, and what was put off"))
        self.stdout.write(_counts(Delivery, "updates", "stopped, or put off"))


def _counts(model: type[Outgoing], name: str, later: str) -> str:
    now_count = model.objects.leaving(timezone.now()).count()
    refused_count = model.objects.refused().count()
    later_count = model.objects.count() - refused_count - now_count
    return (
        f"{now_count} {name} to send now, {later_count} later ({later}), {refused_count} given up."
    )
