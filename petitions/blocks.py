"""What becomes of a signature whose address or provider is on the editors' list?

Asked when a letter is about to leave, since the address can be read nowhere else; never while
somebody waits for an answer at the page. So the page has the same work and the same answer for
everybody, and what the list says stands in their letter.
"""

from collections.abc import Sequence
from typing import NamedTuple

from petitions import addresses, sealing, statements
from petitions.models import Block, Petition, Signature

_Standing, _Reason = Signature.Standing, Signature.Reason


class Verdict(NamedTuple):
    """What is to become of a signature, and why."""

    act: Block.Act
    reason: Signature.Reason


class Line(NamedTuple):
    """What a line of the list says of an address: by its hash, or by its domain where that is
    missing."""

    act: Block.Act
    address_hash: bytes | None


def about(address: str) -> tuple[str, list[object]]:
    """A condition in SQL for the lines that are about an address, and its values.

    Raises sealing.KeyMissing.
    """
    canonical = addresses.canonical(address)
    names = sorted({*addresses.domains(address), *addresses.domains(canonical)})
    condition = f"address_hash = %s OR domain IN ({', '.join(['%s'] * len(names))})"
    return condition, [sealing.list_hash(canonical), *names]


def verdict(
    address: str, petition: Petition, lines: Sequence[Line] | None = None
) -> Verdict | None:
    """What the list says of an address; None where it may sign like anybody.

    What is said of the address itself goes before what is said of its domains; of these the
    stricter goes first. Asks for the lines about it, unless they are given. Raises
    sealing.KeyMissing.
    """
    if lines is None:
        lines = _find(address)
    if lines:
        own = [line.act for line in lines if line.address_hash is not None]
        acts = own or [line.act for line in lines]
        is_refused = Block.Act.REFUSE in acts
        return Verdict(Block.Act.REFUSE if is_refused else Block.Act.HOLD, _Reason.LISTED)
    if petition.holds_throwaway and addresses.is_throwaway(address):
        return Verdict(Block.Act.HOLD, _Reason.THROWAWAY)
    return None


def settle(signature: Signature, address: str, lines: Sequence[Line]) -> None:
    """Let a pending signature stand as the list says. Nothing that counts is touched.

    Nor is what an editor has decided about this very signature or its like.
    """
    if signature.confirmed_on or signature.standing_reason == _Reason.REVIEW:
        return
    standing, reason = _STANDING[verdict(address, signature.petition, lines)]
    if (standing, reason) == (signature.standing, signature.standing_reason):
        return
    # Pending, and as it was when it was read: whoever presses "confirm" comes before or after.
    moved = (
        Signature.objects.filter(pk=signature.pk, standing=signature.standing)
        .pending()
        .exclude(standing_reason=_Reason.REVIEW)
        .update(standing=standing, standing_reason=reason)
    )
    if moved:
        signature.standing, signature.standing_reason = standing, reason


def _find(address: str) -> list[Line]:
    condition, values = about(address)
    sql = f"SELECT act, address_hash FROM petitions_block WHERE {condition}"  # noqa: S608
    return [Line(*row) for row in statements.run(sql, values)]


def erase_refused(signature: Signature) -> None:
    """Erase what somebody gave us whose signature we don't take, once they have been told.

    The row stays until the next day, with the mailbox's code and how many letters went there:
    otherwise each signature would begin a new count, and a letter could be sent for each.
    """
    refused = Signature.objects.filter(pk=signature.pk, sealed_box=signature.sealed_box).refused()
    refused.update(
        sealed_box=b"",
        level=Signature.Level.COUNT,
        country="",
        locked_name=None,
        name_state="",
        signed_hour=None,
        mail_class="",
        network_bucket=None,
    )


_STANDING: dict[Verdict | None, tuple[str, str]] = {
    None: (_Standing.COUNTS, ""),
    Verdict(Block.Act.HOLD, _Reason.LISTED): (_Standing.HELD, _Reason.LISTED),
    Verdict(Block.Act.HOLD, _Reason.THROWAWAY): (_Standing.HELD, _Reason.THROWAWAY),
    Verdict(Block.Act.REFUSE, _Reason.LISTED): (_Standing.REMOVED, _Reason.LISTED),
}
