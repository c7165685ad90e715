"""The keys without which nobody can sign."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from petitions import sealing


class Command(BaseCommand):
    """`keys make` and `keys list`."""

    help = "Make or list the keys that seal signatures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and where the private key goes."""
        acts = parser.add_subparsers(dest="act", required=True)
        make = acts.add_parser("make", help="Make a key pair, and the outbox key if missing.")
        make.add_argument(
            "--private-key-file",
            type=Path,
            required=True,
            help="Where to write the private key. Move it off this server and keep two copies.",
        )
        acts.add_parser("list", help="List the public keys; the last one seals new petitions.")

    def handle(self, *, act: str, **options: object) -> None:
        """Do it, and say what to do next."""
        {"make": self.make, "list": self.list}[act](**options)

    def make(self, *, private_key_file: Path, **options: object) -> None:
        """Make what is missing, and a new key pair."""
        try:
            key_id = sealing.make_sealing_pair(private_key_file)
        except OSError as error:
            raise CommandError(f"Could not write the keys: {error.strerror}.") from error
        if any("server.key" in sentence for sentence in sealing.missing_keys()):
            sealing.make_server_key()
        self.stdout.write(f"New petitions are sealed under key {key_id}.")
        self.stdout.write(
            f"Only {private_key_file} can open what they collect. Move it off this server now: "
            "without it nobody, you included, can read a signature; with it here, a thief can."
        )

    def list(self, **options: object) -> None:
        """One line a public key."""
        for key_id in sealing.sealing_key_ids():
            is_current = key_id == sealing.current_sealing_key_id()
            self.stdout.write(f"{key_id}{' (seals new petitions)' if is_current else ''}")
