"""What editors can't do for themselves: a phone that is lost, a login that has to end."""

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from advocacy import editor_sessions, second_factor
from petitions import stafflog


class Command(BaseCommand):
    """For whoever runs the site. Make sure that you speak with the editor, not with a thief."""

    help = "Let an editor set up another phone, or end logins at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `lost-phone` with a name, and `log-out` with a name or `--all`."""
        acts = parser.add_subparsers(dest="act", required=True)
        lost = acts.add_parser("lost-phone", help="Forget app and codes; the next login makes new.")
        lost.add_argument("name")
        out = acts.add_parser("log-out", help="End the logins of one editor, or of all.")
        out.add_argument("name", nargs="?")
        out.add_argument("--all", action="store_true", help="Of everybody.")

    def handle(self, *, act: str, **options: object) -> None:
        """Do what was asked for, and say in a sentence what became of it."""
        if act == "lost-phone":
            self.lost_phone(_editor(options["name"]))
        elif options["all"]:
            count = editor_sessions.end_all()
            stafflog.record("", "logged out", "everybody")
            self.stdout.write(f"Logins ended: {count}.")
        elif options["name"]:
            self.log_out(_editor(options["name"]))
        else:
            raise CommandError("Name an editor, or say --all.")

    def lost_phone(self, user: User) -> None:
        """Take app and codes away, and end the logins that the finder of a phone may have."""
        if not second_factor.forget(user):
            raise CommandError("This editor has no second factor.")
        editor_sessions.end(user)
        self.stdout.write("App and codes are forgotten. At the next login another app is set up.")

    def log_out(self, user: User) -> None:
        """End the logins of one editor."""
        count = editor_sessions.end(user)
        stafflog.record("", "logged out", f"user {user.pk}")
        self.stdout.write(f"Logins ended: {count}.")


def _editor(name: str) -> User:
    try:
        return User.objects.get_by_natural_key(name)
    except User.DoesNotExist:
        raise CommandError("There is no editor of this name.") from None
