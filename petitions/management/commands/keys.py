"""The keys without which nobody can sign."""

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from petitions import sealing
from petitions.models import Petition


class Command(BaseCommand):
    """`keys make`, `keys rotate` and `keys list`."""

    help = "Make, rotate or list the keys that seal signatures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and where the private key goes."""
        acts = parser.add_subparsers(dest="act", required=True)
        make = acts.add_parser("make", help="Make the first key pair, and the server's key.")
        rotate = acts.add_parser("rotate", help="Make a new pair, which seals new petitions.")
        for parser_of_act in (make, rotate):
            parser_of_act.add_argument(
                "--private-key-file",
                type=Path,
                required=True,
                help="Where to write the private key. Move it off this server, keep two copies.",
            )
        acts.add_parser("list", help="List the public keys, and how many petitions each seals.")

    def handle(self, *, act: str, **options: object) -> None:
        """Do it, and say what to do next."""
        {"make": self.make, "rotate": self.rotate, "list": self.list}[act](**options)

    def make(self, *, private_key_file: Path, **options: object) -> None:
        """Make what is missing: the server's key, the first pair."""
        if sealing.sealing_key_ids():
            if sealing.missing_keys():
                sealing.make_server_key()
                self.stdout.write("server.key was missing and is made anew.")
                return
            raise CommandError("There is a key pair. For a new one: manage.py keys rotate")
        self._make_pair(private_key_file)
        if sealing.missing_keys():
            sealing.make_server_key()

    def rotate(self, *, private_key_file: Path, **options: object) -> None:
        """Make a new pair. Petitions keep the one that they began with."""
        if not sealing.sealing_key_ids():
            raise CommandError("There is nothing to rotate yet: manage.py keys make")
        self._make_pair(private_key_file)
        self.stdout.write(
            "Petitions that exist keep their key: do not throw the older private keys away "
            "before their names are handed in."
        )

    def _make_pair(self, private_key_file: Path) -> None:
        try:
            key_id = sealing.make_sealing_pair(private_key_file)
        except OSError as error:
            raise CommandError(f"Could not write the keys: {error.strerror}.") from error
        self.stdout.write(f"New petitions are sealed under key {key_id}.")
        self.stdout.write(
            f"Only {private_key_file} can open what they collect. Move it off this server now: "
            "without it nobody, you included, can read a signature; with it here, a thief can."
        )

    def list(self, **options: object) -> None:
        """One line a public key, here or missing."""
        counts = Counter(
            Petition.objects.exclude(sealing_key_id="").values_list("sealing_key_id", flat=True)
        )
        here = sealing.sealing_key_ids()
        for key_id in here:
            is_current = key_id == here[-1]
            words = ", seals new petitions" if is_current else ""
            self.stdout.write(f"{key_id}  {counts[key_id]} petitions{words}")
        for key_id in sorted(counts.keys() - set(here)):
            self.stdout.write(
                f"{key_id}  {counts[key_id]} petitions, MISSING: they can't be signed"
            )
