"""Is something switched off that should be on again one day?"""

from collections.abc import Iterator

from advocacy.doctor.finding import Finding, ok, warn
from petitions.models import Switches
from petitions.models.switches import ONLY

# By field: what readers meet meanwhile.
_MEANS = {
    "is_signing_paused": "signing is paused: nobody can sign",
    "live_count_seconds": "the live count is not as the settings say",
    "hides_drawings": "maps and curves are left out",
    "is_read_only": "the site is read only: nobody can sign or confirm, and no letter leaves",
    "banner_words": "a banner stands above every page",
}


def look() -> Iterator[Finding]:
    """Each switch of the desk that is on; asked of the database, since memory may be older."""
    row = Switches.objects.filter(pk=ONLY).first() or Switches()
    for name in row.on:
        yield warn(
            f"switch: {_MEANS[name]}", "If the night is over, switch it back at the desk: Switches."
        )
    if not row.on:
        yield ok("no switch of the desk is on")
