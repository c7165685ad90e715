"""Sign, confirm, withdraw, ask for updates, count and close in any order: all always agrees."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from petitions import counting, retention, signing
from petitions.models import LedgerEntry, Petition, Signature, Subscription
from tests.factories import make_petition, make_signature

PEOPLE = st.sampled_from(["mira", "sam", "noor", "li", "ana", "tomas"])
SPELLINGS = st.sampled_from(["{}@gmail.com", "{}+x@gmail.com", "{}@googlemail.com"])


class Life(RuleBasedStateMachine):
    """One petition among people who do things in any order, as often as they like."""

    @initialize()
    def open(self):
        self.petition = make_petition()
        self.letters: list[tuple[Signature, str]] = []
        self.counted: set[str] = set()
        self.is_over = False

    @rule(person=PEOPLE, spelling=SPELLINGS, wish=st.booleans())
    def sign(self, person, spelling, wish):
        if not Petition.objects.get(pk=self.petition.pk).is_open:
            return  # the page would not have taken it
        signature = make_signature(self.petition, spelling.format(person), wants_updates=wish)
        self.letters.append((signature, person))

    @rule(choice=st.randoms(use_true_random=False), times=st.integers(1, 3), wish=st.booleans())
    def press(self, choice, times, wish):
        if not self.letters:
            return
        signature, person = choice.choice(self.letters)
        claim = signing.claim_on(signature)
        for _ in range(times):
            now = Signature.objects.select_related("petition").filter(pk=signature.pk).first()
            outcome = signing.confirm(now, claim, wants_updates=wish)
            if outcome == signing.Confirmation.COUNTED:
                self.counted.add(person)

    @rule(choice=st.randoms(use_true_random=False))
    def withdraw(self, choice):
        if not self.letters:
            return
        signature, person = choice.choice(self.letters)
        now = Signature.objects.select_related("petition").filter(pk=signature.pk).first()
        if signing.withdraw(now, signing.claim_on(signature)):
            self.counted.discard(person)

    @rule(choice=st.randoms(use_true_random=False), is_on=st.booleans())
    def switch_updates(self, choice, is_on):
        if not self.letters:
            return
        signature, _ = choice.choice(self.letters)
        now = Signature.objects.filter(pk=signature.pk).first()
        act = signing.start_updates if is_on else signing.stop_updates
        act(now, signing.claim_on(signature))

    @rule()
    def count(self):
        counting.count_all()

    @rule(hours_ago=st.sampled_from([1, 23, 25]))
    def close(self, hours_ago):
        self.petition.closes_at = timezone.now() - timedelta(hours=hours_ago)
        self.petition.save()

    @rule()
    def reopen(self):
        self.petition.closes_at = None
        self.petition.save()

    @rule()
    def forget(self):
        retention.forget_expired()

    @rule()
    def mend(self):
        counting.mend(self.petition.pk)

    @invariant()
    def all_numbers_agree(self):
        [difference] = [d for d in counting.differences() if d.petition == self.petition.slug]
        assert difference.is_zero
        assert difference.confirmed == len(self.counted)

    @invariant()
    def updates_go_only_to_who_is_counted(self):
        subscribed = Subscription.objects.filter(petition=self.petition)
        counted = Signature.objects.confirmed().filter(petition=self.petition)
        hashes = counted.values_list("duplicate_hash", flat=True)
        assert not subscribed.exclude(duplicate_hash__in=hashes).exists()

    @invariant()
    def positions_have_no_gaps(self):
        entries = LedgerEntry.objects.filter(petition=self.petition, position__isnull=False)
        positions = sorted(entries.values_list("position", flat=True))
        assert positions == list(range(len(positions)))

    def teardown(self):
        counting.count_all()
        [difference] = [d for d in counting.differences() if d.petition == self.petition.slug]
        assert difference.tally == len(self.counted)


@pytest.mark.django_db
def test_whatever_people_do_the_numbers_agree():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
