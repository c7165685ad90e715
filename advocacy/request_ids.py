"""A number for each request, by which a reader's complaint finds its lines in the log.

Made here at random and never taken from what was sent, so nobody can write into our log, or make
two requests look like one. It says nothing of who asked, and it is told to a reader only where
something broke: on other answers it would be a mark that a device keeps, and by which a log can be
searched.
"""

import secrets
from contextvars import ContextVar, Token

# Nothing that is mistaken for another one when it is read out: no 0 and o, no 1 and l.
_LETTERS = "23456789abcdefghijkmnpqrstuvwxyz"
_current: ContextVar[str] = ContextVar("request_id", default="")


def begin() -> Token[str]:
    """Give the request that begins now a number; returns what `end` needs."""
    letters = "".join(_LETTERS[byte & 31] for byte in secrets.token_bytes(12))
    return _current.set(f"{letters[:4]}-{letters[4:8]}-{letters[8:]}")


def end(begun: Token[str]) -> None:
    """The request is over; what is logged from now on is not about it."""
    _current.reset(begun)


def current() -> str:
    """The number of the request that is being answered, such as k7wq-3mzt-9r4x; empty outside."""
    return _current.get()
