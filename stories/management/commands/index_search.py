"""Write anew what search looks through."""

from django.core.management.base import BaseCommand

from stories import search


class Command(BaseCommand):
    """Thin."""

    help = "Bring the search index up to date; the worker does so by itself."

    def handle(self, **options: object) -> None:
        """Compare every public row with its entry."""
        count = search.index_all()
        self.stdout.write(f"{count} entries were out of date." if count else "All up to date.")
