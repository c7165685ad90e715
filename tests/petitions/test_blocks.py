"""Addresses and providers that are held or not taken: said by letter, and only there."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from petitions import addresses, blocks, counting, retention, sealing, signing
from petitions.models import Block, LedgerEntry, Letter, Signature, StaffAct
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    sign,
    signature_of,
    statements_to_sign,
    token_for,
)
from tests.stories.desk import complaints, fill, save

pytestmark = pytest.mark.django_db
HOLD, REFUSE = Block.Act.HOLD, Block.Act.REFUSE
MIRA = "mira@mail.example.org"


def block(domain="", address="", act=REFUSE):
    """Put a domain or an address on the list."""
    code = sealing.list_hash(addresses.canonical(address)) if address else None
    return Block.objects.create(domain=domain, address_hash=code, act=act)


def text_of(mail):
    return " ".join(mail.get_body(("plain",)).get_content().split())


def act_on(address, **wish):
    found = blocks.verdict(address, make_petition(**wish))
    return found and found.act


@pytest.mark.parametrize(
    ("domain", "is_on_it"),
    [("mail.example.org", True), ("example.org", True), ("org", False), ("ample.org", False),
     ("x.mail.example.org", False)],
)  # fmt: skip
def test_a_domain_stands_for_what_is_under_it(domain, is_on_it):
    block(domain)
    assert act_on(MIRA) == (REFUSE if is_on_it else None)


def test_an_address_stands_for_all_its_spellings_and_for_nobody_else():
    block(address="mira.novak@gmail.com")
    assert act_on("MiraNovak+x@googlemail.com") == REFUSE
    assert act_on("mira.novak@example.org") is None


def test_a_provider_with_several_domains_is_one_provider():
    block("yandex.ru")
    assert act_on("mira@ya.ru") == REFUSE


def test_of_two_domains_the_stricter_decides_and_the_address_before_both():
    block("mail.example.org", act=HOLD)
    assert act_on(MIRA) == HOLD
    block("example.org", act=REFUSE)
    assert act_on(MIRA) == REFUSE
    block(address=MIRA, act=HOLD)
    assert act_on(MIRA) == HOLD


def test_throw_away_addresses_are_held_where_the_petition_holds_them():
    assert act_on("x@mailinator.com") == HOLD
    assert act_on("x@mailinator.com", holds_throwaway=False) is None


def test_who_is_not_taken_is_told_so_and_what_to_do(send_letters):
    block("example.org")
    sign(make_petition(title="Free Narges"), MIRA)
    [mail] = send_letters().to(MIRA)
    assert "can’t take signatures from this address or its provider" in text_of(mail)
    assert "use another address" in text_of(mail)
    assert "answer this letter" in text_of(mail)
    assert "/signatures/" not in mail.as_string()
    assert "Narges" not in mail["Subject"]
    assert mail["Subject"] == "About your message to The Persecuted"
    assert not Letter.objects.exists()


def test_of_who_is_not_taken_nothing_stays_but_the_count_of_letters_until_tomorrow(send_letters):
    block("example.org")
    petition = make_petition()
    sign(petition, MIRA, country="DE")
    send_letters()
    left = signature_of(petition, MIRA)
    assert (bytes(left.sealed_box), left.country, left.level) == (b"", "", "count")
    assert (left.signed_hour, left.mail_class, left.network_bucket) == (None, "", None)
    assert retention.forget_refused() == 0
    Signature.objects.update(letters_on=timezone.now().date() - timedelta(days=1))
    assert retention.forget_refused() == 1
    assert not Signature.objects.exists()


def test_nobody_can_be_flooded_with_letters_that_say_no(send_letters, settings):
    block("example.org")
    petition = make_petition()
    for _ in range(settings.LETTERS_PER_DAY + 3):
        sign(petition, MIRA)
        inbox = send_letters()
    assert len(inbox.mails) == settings.LETTERS_PER_DAY


def test_who_was_told_no_and_is_off_the_list_can_sign(send_letters):
    row = block("example.org")
    petition = make_petition()
    sign(petition, MIRA)
    send_letters()
    row.delete()
    sign(petition, MIRA)
    inbox = send_letters()
    assert "/signatures/" in text_of(inbox.mails[-1])
    confirm(signature_of(petition, MIRA))
    assert LedgerEntry.objects.get().value == 1


def test_who_was_told_no_and_asks_for_a_link_has_none(send_letters):
    block("example.org").delete()
    petition = make_petition()
    row = block("example.org")
    sign(petition, MIRA)
    send_letters()
    row.delete()
    signing.ask_for_link(petition, address=MIRA, language="en")
    assert len(send_letters().mails) == 1
    assert not Letter.objects.exists()


def test_an_older_letter_of_somebody_not_taken_confirms_nothing_and_says_why(send_letters, client):
    petition = make_petition()
    sign(petition, MIRA)
    send_letters()
    before = token_for(signature_of(petition, MIRA))
    block("example.org")
    sign(petition, MIRA)
    send_letters()
    page = client.get(f"/signatures/{before}/")
    assert page.status_code == 410
    assert "This signature was not taken" in page.content.decode()
    assert client.post(f"/signatures/{before}/confirm/").status_code == 410
    assert not LedgerEntry.objects.exists()


def test_a_reminder_tells_who_has_come_onto_the_list_since(send_letters):
    petition = make_petition()
    sign(petition, MIRA)
    send_letters()
    block("example.org")
    Letter.objects.update(send_after=timezone.now())
    assert "can’t take signatures" in text_of(send_letters().mails[-1])
    assert not Letter.objects.exists()


def test_who_is_held_is_told_so_before_they_confirm_and_does_not_count(send_letters):
    block("example.org", act=HOLD)
    petition = make_petition()
    sign(petition, MIRA)
    [mail] = send_letters().to(MIRA)
    signature = signature_of(petition, MIRA)
    assert (signature.standing, signature.standing_reason) == ("held", "listed")
    for words in ("it waits until an editor has looked", "our editors’ list",
                  "sign with another address", signature.reference, "/signatures/"):  # fmt: skip
        assert words in text_of(mail)
    assert "To make it count" not in text_of(mail)
    html = mail.get_body(("html",)).get_content()
    assert signature.reference in html
    confirm(signature)
    assert not LedgerEntry.objects.exists()
    assert signature_of(petition, MIRA).confirmed_on
    assert all(difference.is_zero for difference in counting.differences())


def test_who_is_held_and_signs_again_is_not_told_that_they_count(send_letters):
    block("example.org", act=HOLD)
    petition = make_petition()
    sign(petition, MIRA)
    send_letters()
    confirm(signature_of(petition, MIRA))
    sign(petition, MIRA)
    mail = send_letters().mails[-1]
    assert "waits for an editor" in text_of(mail)
    assert "counted already" not in text_of(mail)


def test_what_is_counted_already_is_not_touched(send_letters):
    petition = make_petition()
    confirm(make_signature(petition, MIRA))
    block("example.org")
    sign(petition, MIRA)
    assert "counted already" in text_of(send_letters().mails[-1])
    assert signature_of(petition, MIRA).is_counting


def test_who_is_off_the_list_before_the_letter_leaves_signs_like_anybody(send_letters, inbox):
    row = block("example.org", act=HOLD)
    petition = make_petition()
    sign(petition, MIRA)
    inbox.answers[MIRA] = "450 later"
    send_letters()
    assert signature_of(petition, MIRA).standing == "held"
    inbox.answers.clear()
    row.delete()
    Letter.objects.update(send_after=timezone.now())
    assert "To make it count" in text_of(send_letters().mails[-1])
    assert signature_of(petition, MIRA).standing == "counts"


def test_a_refused_letter_that_could_not_leave_loses_nothing(send_letters, inbox):
    row = block("example.org")
    petition = make_petition()
    sign(petition, MIRA)
    inbox.answers[MIRA] = "450 later"
    send_letters()
    row.delete()
    inbox.answers.clear()
    Letter.objects.update(send_after=timezone.now())
    send_letters()
    signature = signature_of(petition, MIRA)
    assert bytes(signature.sealed_box)
    confirm(signature)
    assert LedgerEntry.objects.count() == 1


def test_the_request_never_asks_the_list(django_assert_num_queries, settings):
    petition = make_petition()
    block("example.org")
    with django_assert_num_queries(statements_to_sign()):  # as for anybody
        sign(petition, MIRA)
    assert signature_of(petition, MIRA).standing == "counts"


# --- The list on the desk -------------------------------------------------------------------------

ADD = "/admin/petitions/block/add/"


def test_tomas_puts_a_domain_on_the_list(desk):
    save(desk, ADD, domain=" @Example.ORG ", act="refuse", note="a flood on 3 May")
    assert Block.objects.get().domain == "example.org"
    line = StaffAct.objects.first()
    assert (line.act, line.about) == ("block added", "example.org")


def test_tomas_puts_an_address_on_the_list_and_nobody_can_read_it_there(desk):
    save(desk, ADD, address="Mira.Novak@gmail.com", act="hold")
    row = Block.objects.get()
    assert act_on("miranovak@googlemail.com") == HOLD
    save(desk, f"/admin/petitions/block/{row.pk}/change/", act="refuse", note="again")
    row.refresh_from_db()
    assert (row.act, row.note) == ("refuse", "again")
    pages = [
        desk.get(f"/admin/petitions/block/{ending}").content.decode()
        for ending in ("", f"{row.pk}/change/", f"{row.pk}/history/", f"{row.pk}/delete/")
    ]
    desk.post(f"/admin/petitions/block/{row.pk}/delete/", {"post": "yes"})
    history = repr([list(model.objects.values()) for model in (LogEntry, StaffAct, Block)])
    for text in (*pages, history):
        assert "novak" not in text.lower()
        assert "gmail" not in text.lower()
    assert [line.about for line in StaffAct.objects.filter(act__startswith="block")] == [
        f"address {row.pk}"
    ] * 3
    assert not Block.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [({}, "either a domain or an address"),
     ({"domain": "a.example", "address": "x@a.example"}, "either a domain or an address"),
     ({"domain": "example"}, "not a domain"), ({"domain": "x y.example"}, "not a domain"),
     ({"address": "mira"}, "not an e-mail address"),
     ({"domain": "a.example", "note": "mira@example.org did it"}, "write no address")],
)  # fmt: skip
def test_what_the_list_does_not_take(desk, typed, says):
    answer = fill(desk, ADD, **typed)
    assert answer.status_code == 200
    assert any(says in sentence for sentence in complaints(answer))
    assert not Block.objects.exists()


@pytest.mark.parametrize("typed", [{"domain": "example.org"}, {"address": "Mira@example.org"}])
def test_nothing_stands_on_the_list_twice(desk, typed):
    save(desk, ADD, **typed)
    assert complaints(fill(desk, ADD, **typed))
    assert Block.objects.count() == 1


def test_tomas_is_warned_where_a_domain_is_many_peoples(desk):
    save(desk, ADD, domain="gmail.com")
    assert "very many people" in desk.get("/admin/petitions/block/").content.decode()


@pytest.mark.parametrize(
    ("address", "says"),
    [("x@example.org", "would not be taken"), ("held@example.com", "held for review"),
     ("x@mailinator.com", "addresses for a day"), ("x@example.net", "like any other"),
     ("nonsense", "valid email")],
)  # fmt: skip
def test_tomas_tries_an_address_and_nothing_of_it_is_kept(desk, address, says):
    block("example.org")
    block(address="held@example.com", act=HOLD)
    lines_count = StaffAct.objects.count()
    answer = desk.post("/admin/petitions/block/try/", {"address": address})
    assert says in answer.content.decode()
    assert StaffAct.objects.count() == lines_count
    assert not LogEntry.objects.exists()
    assert desk.get("/admin/petitions/block/try/").status_code == 405


def test_who_may_not_see_the_list_can_not_try_addresses(client, django_user_model):
    li = django_user_model.objects.create_user("li", password="x" * 12, is_staff=True)
    client.force_login(li)
    answer = client.post("/admin/petitions/block/try/", {"address": "x@example.org"})
    assert answer.status_code == 403
