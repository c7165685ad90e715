"""Does any name that must never be published stand on this site already?"""

from django.core.management.base import BaseCommand, CommandError

from stories import locking, nameguard


class Command(BaseCommand):
    """Search everything that is stored, and say where, never what."""

    help = "Search all texts, slugs and file names for names that must never be published."

    def handle(self, **options: object) -> None:
        """Print a line a field; end with status 1 where a name was found."""
        try:
            found = nameguard.stored()
        except locking.Locked as error:
            raise CommandError(str(error)) from None
        for mention in found:
            numbers = ", ".join(f"№ {number}" for number in sorted(mention.numbers))
            row = f"{mention.row._meta.label} {mention.row.pk}"
            self.stdout.write(f"{row}, {mention.field}: {numbers} {mention.address}".rstrip())
        if found:
            raise CommandError(f"Names stand in {len(found)} fields.")
        self.stdout.write("No name of the list was found.")
