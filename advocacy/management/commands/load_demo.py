"""Demo content, and somebody who may log in."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from advocacy.demo import load
from stories import pictures, search


class Command(BaseCommand):
    """Fill an empty demo; leave one that is not empty as it is."""

    help = "Load the demo's stories, people, petitions and signatures into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the editor's password, on standard input so that no process list shows it."""
        parser.add_argument("--editor", help="Name of an editor to create.")

    def handle(self, *, editor: str | None, **options: object) -> None:
        """Load once."""
        if not settings.DEMO:
            raise CommandError("This is not a demo: set DEMO=1 to load invented content.")
        users = get_user_model().objects
        if editor and not users.filter(username=editor).exists():
            users.create_superuser(editor, password=input())
        if not load.is_empty():
            self.stdout.write("Kept what is here.")
            return
        load.load()
        # So that the first page has its pictures; what takes longer is left to the worker.
        while pictures.render_next(pictures.QUICK):
            pass
        search.index_all()
        self.stdout.write("Loaded the demo's stories, people and petitions.")
