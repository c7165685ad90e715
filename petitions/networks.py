"""Which network does a request come from, as far as we want to know it?

No address of a network is stored anywhere, nor written to a log.
"""

import ipaddress
import logging
import socket
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest

from petitions import daily_salt

log = logging.getLogger("petitions.networks")

BUCKETS_COUNT = 4096


def network_of(request: HttpRequest) -> str | None:
    """A /24 or, of IPv6, a /48; None if nobody says.

    That is hundreds of neighbours, or one subscriber's many devices.
    """
    if not hasattr(request, "network"):
        # Only a proxy that sets this header itself, on every request, makes it trustworthy.
        name = "HTTP_X_REAL_IP" if settings.BEHIND_PROXY else "REMOTE_ADDR"
        request.network = _network(request.META.get(name, "").strip())
    return request.network


def _network(text: str) -> str | None:
    with suppress(OSError, ValueError):  # the plain kind, without the cost of the many others
        a, b, c, _rest = socket.inet_pton(socket.AF_INET, text)
        return f"{a}.{b}.{c}.0/24"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def bucket_of(request: HttpRequest) -> int | None:
    """One of 4096 numbers that networks share for a day; afterwards nobody can tell which did.

    None where nobody says which network it is, or the cache is away: a signature goes without.
    """
    network = network_of(request)
    if network is None:
        return None
    try:
        return int.from_bytes(daily_salt.hashed(request, "bucket", network)[:4]) % BUCKETS_COUNT
    except Exception as error:
        log.error("a signature has no network bucket", exc_info=error)
        return None
