"""The review: groups and not people, what stands out, and what an editor can do about it."""

import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from petitions import integrity, retention, review
from petitions.models import Invalidation, Signature, StaffAct
from petitions.review import CLASSES, HOURS, NETWORKS, Group
from tests.factories import confirm, make_petition, make_signature

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = timezone.now().date().isoformat()


# --- What stands out ------------------------------------------------------------------------------


def group(key, signed, pending_rate=0.2):
    """A group of so many, of whom a share has not answered."""
    confirmed = round(signed * (1 - pending_rate))
    return Group(key, signed, confirmed, confirmed, 0, 0)


def by_chance(chance, usual):
    """A number of people who come independently of each other (Poisson)."""
    return sum(1 for _ in range(int(usual * 20)) if chance.random() < 1 / 20)


def quiet(chance, kind):
    """Two weeks of a petition that people sign by day and by night, as people do."""
    busy = chance.choice([3, 10, 40])
    if kind == CLASSES:
        keys = [f"other {n}" for n in range(64)]
        usual = [busy * chance.uniform(0.5, 2) for _ in keys]
        keys, usual = [*keys, "large", "throwaway"], [*usual, busy * 100, busy]
    elif kind == NETWORKS:
        keys = [f"2026-11-{20 - n % 14} {n}" for n in range(1500)]
        usual = [chance.choice([0.3, 1, 2]) for _ in keys]
    else:
        keys = [f"2026-11-{20 - day} {hour:02}" for day in range(14) for hour in range(24)]
        usual = [busy * (0.2 if int(key[-2:]) < 6 else 1) for key in keys]
    groups = []
    for key, often in zip(keys, usual, strict=True):
        if signed := by_chance(chance, often):
            pending = sum(chance.random() < 0.2 for _ in range(signed))
            groups.append(Group(key, signed, signed - pending, signed - pending, 0, 0))
    return groups


def marked(kind, groups):
    review.mark(kind, groups, NOW)
    return [g.key for g in groups if g.is_marked]


@pytest.mark.parametrize("kind", review.KINDS)
def test_two_hundred_quiet_weeks_raise_no_alarm(kind):
    for seed in range(200 if kind != NETWORKS else 50):
        assert marked(kind, quiet(random.Random(seed), kind)) == [], seed


@pytest.mark.parametrize(
    ("kind", "key"),
    [(HOURS, "2026-11-15 04"), (CLASSES, "other 7"), (NETWORKS, "2026-11-15 4000")],
)
def test_a_flood_stands_out_and_nothing_beside_it(kind, key):
    for seed in range(20):
        groups = [g for g in quiet(random.Random(seed), kind) if g.key != key]
        flood = group(key, 10 * max(40, max(g.signed for g in groups if g.key != "large")))
        assert marked(kind, [*groups, flood]) == [key]


def test_robots_that_do_not_answer_letters_stand_out_by_that():
    groups = [group(f"other {n}", 60) for n in range(20)]
    assert marked(CLASSES, [*groups, group("large", 900), group("other 30", 60, 0.9)]) == [
        "other 30"
    ]


def test_robots_that_all_answer_stand_out_too():
    groups = [group(f"2026-11-15 {n:02}", 200, 0.5) for n in range(20)]
    assert marked(HOURS, [*groups, group("2026-11-15 20", 200, 0)]) == ["2026-11-15 20"]


def test_who_has_just_signed_is_not_held_against_anybody():
    groups = [group(f"2026-11-21 {n:02}", 50, 0.1) for n in range(11)]
    assert marked(HOURS, [*groups, group("2026-11-21 11", 50, 0.9)]) == []


def test_few_are_never_marked_and_where_there_is_little_to_compare_nothing_is():
    assert marked(HOURS, [group(f"2026-11-15 {n:02}", 1) for n in range(20)]
                  + [group("2026-11-15 20", 19, 1)]) == []  # fmt: skip
    assert review.far_above([1, 1, 1, 500]) is None


# --- Groups ---------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture
def petition():
    """Ten at three, of whom eight confirmed, from one network; three at four."""
    petition = make_petition(slug="free-ana")
    for number in range(13):
        signature = make_signature(petition, f"s{number}@example.net", network_bucket=7)
        if number < 8:
            confirm(signature)
    late = list(Signature.objects.order_by("-pk")[:3])
    Signature.objects.update(signed_hour=3)
    Signature.objects.filter(pk__in=[row.pk for row in late]).update(signed_hour=4)
    return petition


def test_signatures_are_counted_by_hour_provider_and_network(petition):
    integrity.hold(Signature.objects.confirmed().first(), "tomas")
    seen = review.look(petition)
    [hour] = seen.groups[HOURS]
    assert (hour.key, hour.signed, hour.confirmed) == (f"{TODAY} 03", 10, 8)
    assert (hour.counting, hour.held, hour.removed, hour.pending_percent) == (7, 1, 0, 20)
    [network] = seen.groups[NETWORKS]
    assert (network.key, network.signed) == (f"{TODAY} 7", 13)
    assert [g.key.split()[0] for g in seen.groups[CLASSES]] == ["other"]
    assert seen.total == 13


def test_groups_of_fewer_than_five_are_only_summed(petition):
    seen = review.look(petition)
    assert seen.others == {HOURS: 3, CLASSES: 0, NETWORKS: 0}
    assert f"{TODAY} 04" not in seen.keys(HOURS)


def test_signatures_of_other_petitions_and_of_long_ago_are_not_looked_at(petition):
    make_signature(make_petition())
    Signature.objects.filter(signed_hour=4).update(
        signed_on=timezone.now().date() - timedelta(days=15)
    )
    assert review.look(petition).total == 10


def test_after_two_weeks_the_clues_are_erased(petition, monkeypatch):
    monkeypatch.setattr(retention, "BATCH_COUNT", 4)
    assert retention.forget_clues() == 0
    Signature.objects.filter(signed_hour=3).update(
        signed_on=timezone.now().date() - timedelta(days=15)
    )
    assert retention.forget_clues() == 8
    assert retention.forget_clues() == 0
    assert retention.forget_expired() == 2  # by the clues of those who never confirmed
    assert review.look(petition).total == 3
    left = set(Signature.objects.values_list("signed_hour", "mail_class", "network_bucket"))
    assert (None, "", None) in left
    assert len(left) == 2


def test_looking_takes_two_questions_however_many_have_signed(petition):
    with CaptureQueriesContext(connection) as asked:
        review.look(petition)
    assert len(asked) == 2


# --- On the desk ----------------------------------------------------------------------------------


def at(petition, ending=""):
    return f"/admin/petitions/petition/{petition.pk}/review/{ending}"


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def count(desk, petition, **more):
    return desk.post(at(petition, "count/"), {"act": "hold", "hours": f"{TODAY} 03"} | more)


def press(desk, petition, counted):
    [token] = re.findall(r'name="counted" value="([^"]+)"', counted.content.decode())
    return desk.post(at(petition, "confirm/"), {"counted": token}, follow=True)


def work():
    while integrity.carry_out():
        pass


def test_tomas_finds_the_review_from_the_petition(desk, petition):
    link = f'href="{at(petition)}"'
    for address in ("", f"{petition.pk}/change/"):
        assert link in desk.get(f"/admin/petitions/petition/{address}").content.decode()


def test_the_review_shows_numbers_and_nobody(desk, petition):
    page = text_of(desk.get(at(petition)))
    assert "13 signatures in the last 14 days" in page
    assert "03:00–04:00" in page
    assert "04:00–05:00" not in page
    assert "fewer than 5" in page
    assert "example.net" not in page
    for row in Signature.objects.all():
        assert row.reference not in page


def test_an_empty_petition_has_an_empty_review(desk):
    assert "No group is large enough" in text_of(desk.get(at(make_petition())))


def test_tomas_counts_confirms_and_undoes(desk, petition):
    counted = count(desk, petition)
    assert "<strong>10 signatures</strong> will be held" in text_of(counted)
    assert "8 of them are confirmed; 2 have not answered" in text_of(counted)
    assert not Invalidation.objects.exists()
    page = text_of(press(desk, petition, counted))
    assert "0 of 10, under way" in page
    work()
    assert "10 of 10, done" in text_of(desk.get(at(petition)))
    assert Signature.objects.filter(standing="held").count() == 10
    made = Invalidation.objects.get()
    page = desk.post(at(petition, "undo/"), {"invalidation": made.pk}, follow=True)
    assert "10 of 10, is being undone" in text_of(page)
    work()
    assert "0 of 10, undone" in text_of(desk.get(at(petition)))
    assert not Signature.objects.filter(standing="held").exists()


def test_pressing_twice_is_once(desk, petition):
    counted = count(desk, petition)
    press(desk, petition, counted)
    press(desk, petition, counted)
    assert Invalidation.objects.count() == 1


@pytest.mark.parametrize(
    ("chosen", "says"),
    [({"hours": []}, "Choose at least one group"),
     ({"hours": f"{TODAY} 04"}, "no longer there"),
     ({"hours": "nonsense"}, "no longer there"),
     ({"act": "nonsense"}, "Select a valid choice"),
     ({"act": "release"}, "Fewer than 5 signatures")],
)  # fmt: skip
def test_what_can_not_be_chosen(desk, petition, chosen, says):
    answer = count(desk, petition, **chosen)
    assert says in text_of(answer)
    assert not Invalidation.objects.exists()


def test_of_two_tables_only_what_is_in_both_is_meant(desk, petition):
    counted = count(desk, petition, networks=f"{TODAY} 7")
    assert "<strong>10 signatures</strong>" in text_of(counted)
    assert "group 7" in text_of(counted)


def test_nobody_confirms_what_was_not_counted(desk, petition):
    other = make_petition()
    for token in ("", "nonsense", "eyJhIjoxfQ:1:x"):
        answer = desk.post(at(petition, "confirm/"), {"counted": token}, follow=True)
        assert "count is too old" in text_of(answer)
    counted = count(desk, petition)
    assert "count is too old" in text_of(press(desk, other, counted))
    assert not Invalidation.objects.exists()


def test_tomas_lets_one_signature_count_by_the_reference_from_a_letter(desk, petition):
    signature = Signature.objects.confirmed().first()
    integrity.hold(signature, "ana")
    typed = {"reference": signature.reference.lower()}
    page = text_of(desk.post(at(petition, "reference/"), typed))
    assert "held for review" in page
    assert "Let it count" in page
    desk.post(at(petition, "reference/"), typed | {"act": "release"})
    signature.refresh_from_db()
    assert signature.is_counting
    acts = list(StaffAct.objects.order_by("number").values_list("who", "act"))
    assert acts[-2:] == [("tomas", "signature looked up"), ("tomas", "signature released")]
    assert signature.reference not in repr(list(StaffAct.objects.values()))


def test_a_reference_that_is_none_finds_nobody(desk, petition):
    answer = desk.post(at(petition, "reference/"), {"reference": "AAE2-X5QK"}, follow=True)
    assert "No signature of this petition" in text_of(answer)


def test_looking_at_the_page_is_not_logged_and_moves_nothing(desk, petition):
    before = StaffAct.objects.count()
    desk.get(at(petition))
    for ending in ("count/", "confirm/", "undo/", "reference/"):
        assert desk.get(at(petition, ending)).status_code == 405
    assert StaffAct.objects.count() == before


def test_who_may_not_change_petitions_may_not_review_them(client, django_user_model, petition):
    assert client.get(at(petition)).status_code == 302
    li = django_user_model.objects.create_user("li", password="x" * 12, is_staff=True)
    client.force_login(li)
    assert client.get(at(petition)).status_code == 403
    assert client.post(at(petition, "count/"), {"act": "hold"}).status_code == 403
    assert client.post(at(petition, "undo/"), {"invalidation": 1}).status_code == 403
