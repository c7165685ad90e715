"""Put a backup in the place of all that is here."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from advocacy import backup, database_copy, restore

_WITHDRAW_AGAIN = (
    "What was withdrawn after the backup was made may be back. Before you start the site, apply "
    "the list that you keep: manage.py withdrawals import FILE, then manage.py withdrawals again"
)


class Command(BaseCommand):
    """`restore FILE`, with the site and the worker stopped."""

    help = "Restore database, pictures and originals from a backup. Stop the site and worker first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, the list of withdrawals, and what is allowed."""
        parser.add_argument("file", type=Path, help="What `manage.py backup` wrote.")
        parser.add_argument(
            "--replace", action="store_true", help="Lose the content that is here now."
        )
        parser.add_argument(
            "--without-keys", action="store_true", help="Go on although keys are missing."
        )
        parser.add_argument(
            "--withdrawals", type=Path, help="A list that `withdrawals export` printed."
        )

    def handle(
        self,
        *,
        file: Path,
        replace: bool,
        without_keys: bool,
        withdrawals: Path | None,
        **options: object,
    ) -> None:
        """Do it, and say what is left to do."""
        wish = restore.Wish(replace, without_keys, withdrawals)
        try:
            manifest = restore.restore(file, wish, self.say)
        except (backup.Refused, database_copy.NotCopied) as error:
            raise CommandError(str(error)) from None
        except DatabaseError:
            raise CommandError("The database failed. Mend it, then restore once more.") from None
        except OSError as error:
            raise CommandError(
                f"It stopped: {error.strerror}. Restore once more, with --replace."
            ) from None
        if withdrawals is None:
            self.say(_WITHDRAW_AGAIN)
        self.stdout.write(f"Restored: all that was here at {manifest['made_at']}.")

    def say(self, sentence: str) -> None:
        """Tell how far it has gone; the one line of the result stands alone on the output."""
        self.stderr.write(sentence, style_func=str)
