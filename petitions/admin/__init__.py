"""The editors' desk: petitions, updates. Signatures are not here; nobody reads them one by one."""

from petitions.admin import block, petition, staffact, update

__all__ = ["block", "petition", "staffact", "update"]
