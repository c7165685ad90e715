"""What the doctor says of one thing that was looked at."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

OK, WARN, FAULT = "ok", "warn", "FAULT"


@dataclass(frozen=True)
class Finding:
    """One line: how it is, what was seen, and one sentence what to do unless it is well."""

    level: str
    what: str
    to_do: str = ""


def ok(what: str) -> Finding:
    """It is as it should be."""
    return Finding(OK, what)


def warn(what: str, to_do: str) -> Finding:
    """The site works, but somebody should know."""
    return Finding(WARN, what, to_do)


def fault(what: str, to_do: str) -> Finding:
    """Somebody is harmed, or can't sign, until it is mended."""
    return Finding(FAULT, what, to_do)


def examine(area: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """All findings of an area; where looking itself fails, that is one more."""
    try:
        yield from look()
    except Exception as error:
        # The class only: a message may quote a password, a path of somebody's letter, an address.
        yield fault(
            f"{area}: could not be looked at to the end ({type(error).__name__})",
            "Mend the faults above, if there are any, and ask again.",
        )
