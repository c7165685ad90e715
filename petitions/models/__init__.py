"""Petitions, signatures, letters, the ledger, updates, and what editors do about robots.

No table here holds a name or an address in plain text. Of when somebody signed no more is kept
than the day, and the hour for two weeks; only the outbox knows moments, and its rows go with
their letters. What each field says of a person is in `classification.py`.
"""

from petitions.models.destruction import Destruction
from petitions.models.integrity import Block, Invalidation, StaffAct
from petitions.models.ledger import LedgerEntry, Tally
from petitions.models.outbox import Letter, Outgoing
from petitions.models.petition import Demand, Milestone, Petition
from petitions.models.signature import Signature
from petitions.models.switches import Switches
from petitions.models.updates import Delivery, Subscription, Update

__all__ = [
    "Block",
    "Delivery",
    "Demand",
    "Destruction",
    "Invalidation",
    "LedgerEntry",
    "Letter",
    "Milestone",
    "Outgoing",
    "Petition",
    "Signature",
    "StaffAct",
    "Subscription",
    "Switches",
    "Tally",
    "Update",
]
