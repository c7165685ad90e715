"""Where is an editor logged in, and how does that end? Sessions are rows in the database."""

from collections.abc import Iterator

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone


def of(user: User) -> list[Session]:
    """The sessions in which this editor is logged in."""
    return [session for session, user_pk in _alive() if user_pk == str(user.pk)]


def end(user: User, but: str | None = None) -> int:
    """Log an editor out everywhere, but for one session; returns how many ended."""
    ended = [session for session in of(user) if session.session_key != but]
    for session in ended:
        session.delete()
    return len(ended)


def end_all() -> int:
    """Log everybody out."""
    return Session.objects.all().delete()[0]


def _alive() -> Iterator[tuple[Session, str | None]]:
    # There are few editors, and no table says whose session one is.
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        yield session, session.get_decoded().get(SESSION_KEY)
