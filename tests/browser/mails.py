"""Mails of every kind, in a language that runs to the right and one that runs to the left."""

from petitions import delivery, integrity, letters, sealing, subscribing
from petitions.models import Block, Petition
from tests.factories import (
    confirm,
    make_signature,
    make_subscription,
    sign,
    signature_of,
    token_for,
)

REFUSED = "not-taken.example"


def send_mails(petition: Petition) -> dict[str, str]:
    """Send them to addresses that name their kind, under a petition that has an update.

    By name, the addresses of pages that are reached from mails only.
    """
    Block.objects.create(domain=REFUSED, act=Block.Act.REFUSE)
    for language in ("en", "ar"):
        make_signature(petition, f"confirm-{language}@example.org", language=language)
        sign(petition, f"not-taken-{language}@{REFUSED}", language=language)
        _sign_twice(petition, f"counts-{language}@example.org", language)
        _sign_twice(petition, f"held-{language}@example.org", language)
        integrity.hold(signature_of(petition, f"held-{language}@example.org"), "tomas")
    while letters.send_waiting():
        pass
    counted = _private_page(petition, "counts-en@example.org")
    return {
        "signing-2-pending": _private_page(petition, "confirm-en@example.org"),
        "signing-3-counted": counted,
        "signing-updates": f"{counted}updates/",
        "signing-held": _private_page(petition, "held-en@example.org"),
        **_send_updates(petition),
    }


def _private_page(petition: Petition, address: str) -> str:
    return f"/signatures/{token_for(signature_of(petition, address))}/"


def _sign_twice(petition: Petition, address: str, language: str) -> None:
    """Confirm, and be written to once more."""
    confirm(make_signature(petition, address, language=language))
    sign(petition, address, language=language)


def _send_updates(petition: Petition) -> dict[str, str]:
    subscription = make_subscription(petition, "update-en@example.org", "en")
    make_subscription(petition, "update-ar@example.org", "ar")
    delivery.begin(petition.updates.published().filter(sending_began_at=None)[0])
    while delivery.send_waiting():
        pass
    stopped = make_subscription(petition, "stopped@example.org")
    token = subscribing.token_to_stop(stopped)
    subscribing.unsubscribe(
        sealing.duplicate_hash(petition.duplicate_key_id, "stopped@example.org")
    )
    return {
        "signing-stop-updates": f"/updates/{subscribing.token_to_stop(subscription)}/stop/",
        "signing-updates-stopped": f"/updates/{token}/stop/",
    }
