"""The editors' desk: petitions, updates. Signatures are not here; nobody reads them one by one."""

from petitions.admin import block, guarded, petition, staffact, switches, update

__all__ = ["block", "guarded", "petition", "staffact", "switches", "update"]
