"""What becomes of petitions and their updates when they, or somebody they are about, are withdrawn.

A withdrawn petition loses its words and its page. Who signed stays protected as they were promised:
boxes, keys, ledger and tally are left alone until the day of destruction. Addresses that can be
read go at once, since nobody will be written to any more.
"""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from petitions.models import Letter, Petition, Subscription, Update
from stories import name_removal, translations, withdrawable, withholding
from stories.models import Defender, Withdrawal
from stories.withdrawable import KEEP, PAUSE, WITHDRAW, Companion
from stories.withholding import Sought

# What is said of a petition, by what stands there afterwards.
_EMPTIED = {
    **dict.fromkeys(("short_title", "text", "result", "occasion", "occasion_place", "outcome"), ""),
    "occasion_on": None,
    "photo": None,
    "countries_at_risk": [],
}
_RELATIONS = ("countries", "themes", "defenders", "stories", "partners")


def register() -> None:
    """Let petitions and their updates be withdrawn, and follow people who are."""
    withdrawable.WAYS[Petition] = OfPetition()
    withdrawable.WAYS[Update] = OfPetitionsUpdate()
    withdrawable.COMPANIONS.append(linked_petitions)
    # Its lines are chained by hashes. Lines of an early version may hold a slug.
    name_removal.UNCHANGEABLE.add("petitions.StaffAct")


class OfPetition(withdrawable.Way):
    """Petitions. The row stays, without its words, for as long as there are signers of it."""

    kind = Withdrawal.Kind.PETITION

    def sought(self, row: Petition, more_names: Iterable[str] = ()) -> Sought:
        """Its titles and its address."""
        titles = [row.title, row.short_title, row.slug]
        for name in ("title", "short_title"):
            titles += translations.every_translated(row, name)
        return withholding.sought(more_names, [t for t in titles if len(_words(t)) > 1])

    def parts(self, row: Petition) -> list[models.Model]:
        """What is asked, what was new, what was to happen at which number."""
        return [*row.demands.all(), *row.updates.all(), *row.milestones.all()]

    def is_gone(self, row: Petition) -> bool:
        """Whether it was withdrawn before."""
        return row.withdrawn_on is not None

    def remove(self, row: Petition) -> None:
        """Empty it and close it. Letters and updates that have not left stay here and go."""
        now = timezone.now()
        with translation.override(settings.LANGUAGE_CODE):
            words = {
                "title": _("A petition that was withdrawn"),
                "summary": _("It was withdrawn."),
                "postponed_because": row.postponed_because
                and _("The reason stood on the petition’s page."),
            }
        Petition.objects.filter(pk=row.pk).update(
            **_EMPTIED,
            **words,
            slug=f"withdrawn-{row.pk}",
            status=Petition.PublicationStatus.DRAFT,
            closes_at=min(row.closes_at or now, now),
            withdrawn_on=now.date(),
        )
        for name in _RELATIONS:
            getattr(row, name).clear()
        translations.of([row, *row.milestones.all()]).delete()
        row.milestones.update(text="")
        row.demands.all().delete()
        _remove_updates(row.updates.all())
        Letter.objects.filter(petition=row).delete()
        Subscription.objects.filter(petition=row).delete()


class OfPetitionsUpdate(withdrawable.OfUpdate):
    """Updates of petitions: what is still on its way is stopped. What has arrived stays there."""

    def remove(self, row: Update) -> None:
        """With what is on its way."""
        _remove_updates(Update.objects.filter(pk=row.pk))


def linked_petitions(row: models.Model, of: Sought) -> list[Companion]:
    """The petitions about somebody who is withdrawn, and what should become of each."""
    if not isinstance(row, Defender):
        return []
    petitions = row.petitions.filter(withdrawn_on=None)
    return [_companion(petition, of) for petition in petitions.prefetch_related("demands")]


def _companion(petition: Petition, of: Sought) -> Companion:
    is_open = Petition.objects.open().filter(pk=petition.pk).exists()
    asks = [f"{demand.text} {demand.addressee}" for demand in petition.demands.all()]
    said = "\n".join([petition.title, petition.short_title, petition.slug, *asks])
    # A petition that is for others too goes on for them.
    is_for_others = petition.defenders.count() > 1
    stays = [KEEP, PAUSE] if is_for_others else [PAUSE, KEEP]
    stays = stays if is_open else [KEEP]
    is_about_them = of.stands_in(said, with_parts=True)
    fates = [WITHDRAW, *stays] if is_about_them else [*stays, WITHDRAW]
    return Companion(petition, fates, partial(_pause, petition))


def _pause(petition: Petition) -> None:
    """End the signing, and say on its page why, naming nobody. An editor may end it otherwise."""
    now = timezone.now()
    # Of two, one closes it and says so.
    if not Petition.objects.open().filter(pk=petition.pk).update(closes_at=now):
        return
    with translation.override(settings.LANGUAGE_CODE):
        Update.objects.create(
            petition=petition,
            title=_("Signing has ended"),
            text="<p>{}</p>".format(
                _("We have ended signing here to protect people. Every signature still counts.")
            ),
            status=Update.PublicationStatus.PUBLISHED,
            published_at=now,
        )


def _remove_updates(updates: models.QuerySet[Update]) -> None:
    # The update's row first, as everywhere: see delivery.py.
    list(updates.select_for_update())
    updates.delete()


def _words(title: str) -> list[str]:
    return title.replace("-", " ").split()
