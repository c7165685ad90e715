"""What we ask, and who asks with us."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core import checks
from django.utils.translation import gettext_lazy as _


class PetitionsConfig(AppConfig):
    """Petitions, and signatures that are safe, counted and provable."""

    name = "petitions"
    verbose_name = _("Petitions")

    def ready(self) -> None:
        """Let search, feeds, `check --deploy` and the staff log know what they need to."""
        from petitions import feeds, sealing, searchable, stafflog, withdrawable
        from stories import clearing, generation, withdrawal

        searchable.register()
        feeds.register()
        withdrawable.register()
        generation.look_at(
            self.name,
            # The number is seen, but a signature is to make no page anew: it is some seconds old.
            unseen=[
                *("Letter", "Subscription", "Delivery", "LedgerEntry", "Tally"),
                *("Block", "StaffAct", "Invalidation"),
            ],
            seen_columns={"Signature": "name_state"},  # of names that editors let through
        )
        checks.register(sealing.check_keys, "keys", deploy=True)
        # Django tells of logins by signals and in no other way.
        user_logged_in.connect(stafflog.note_login)
        user_login_failed.connect(stafflog.note_failed_login)
        withdrawal.ALSO.append(stafflog.note_withdrawal)
        clearing.ALSO.append(stafflog.note_clearing)
