"""The editors' desk: petitions, updates. Signatures are not here; nobody reads them one by one."""

from petitions.admin import petition, update

__all__ = ["petition", "update"]
