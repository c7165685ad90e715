"""The editors' desk: petitions. Signatures are not here; nobody reads them one by one."""

from petitions.admin import petition

__all__ = ["petition"]
