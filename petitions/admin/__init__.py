"""The editors' desk: petitions. Signatures are not here; nobody reads them one by one."""

from petitions.admin import block, petition, staffact

__all__ = ["block", "petition", "staffact"]
