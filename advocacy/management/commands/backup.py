"""One file with database, pictures and originals, and without any key."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from advocacy import backup, database_copy


class Command(BaseCommand):
    """`backup FILE`, and `backup --check FILE`, which changes nothing."""

    help = "Write database, pictures and locked originals into one file. Keys are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and `--check`."""
        parser.add_argument("file", type=Path, help="Such as backup-2026-11-21.tar.gz")
        parser.add_argument(
            "--check", action="store_true", help="Only see whether this backup is whole."
        )

    def handle(self, *, file: Path, check: bool, **options: object) -> None:
        """Do it, and say in one sentence what was done."""
        try:
            manifest = backup.check(file) if check else backup.make(file, self.say)
        except (backup.Refused, database_copy.NotCopied) as error:
            raise CommandError(str(error)) from None
        except DatabaseError:
            raise CommandError("The database can't be read.") from None
        except OSError as error:
            raise CommandError(f"It could not be written: {error.strerror}.") from None
        members = manifest["members"]
        size = sum(one["bytes"] for one in members.values())
        self.stdout.write(
            f"{'Whole' if check else 'Written'}: the database of {manifest['made_at']} and "
            f"{len(members) - 1} files, {size:,} bytes unpacked, and no key."
        )

    def say(self, sentence: str) -> None:
        """Tell how far it has gone; the one line of the result stands alone on the output."""
        self.stderr.write(sentence, style_func=str)
