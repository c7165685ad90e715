"""Updates, on or off: who is written to said so in their own inbox, and can end it by one press."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from petitions import retention, sealing, signing, subscribing
from petitions.models import Letter, Signature, Subscription
from tests.factories import (
    confirm,
    everything_stored,
    honest,
    make_petition,
    make_signature,
    make_subscription,
    sign,
    signature_of,
    statements_to_sign,
    token_for,
)

pytestmark = pytest.mark.django_db

MIRA = {"name": "Mira Novak", "email": "mira@example.org"}
TICKED = MIRA | {"wants_updates": "on"}
BOX = re.compile(r'<input type="checkbox" name="wants_updates"[^>]*>')


def post_sign(client, petition, data=TICKED):
    return client.post(reverse("petitions:sign", args=[petition.slug]), data | honest())


def link_of(signature):
    return reverse("petitions:signature", args=[token_for(signature)])


def see(client, signature) -> str:
    return look(client, link_of(signature))


def look(client, link) -> str:
    return client.get(link).content.decode()


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


@pytest.fixture
def counted():
    """Mira, who is counted and asked for nothing."""
    signature = make_signature(make_petition())
    confirm(signature)
    return signature


# --- The box in the form --------------------------------------------------------------------------


def test_the_box_in_the_form_is_empty_and_says_what_follows(client):
    page = client.get(make_petition().get_absolute_url()).content.decode()
    [box] = BOX.findall(page)
    assert "checked" not in box
    assert "aria-describedby" in box
    assert "in a form that the server can read" in page


def test_ticking_alone_subscribes_nobody(client, send_letters):
    petition = make_petition()
    assert post_sign(client, petition).status_code == 303
    send_letters()
    assert not Subscription.objects.exists()
    assert Letter.objects.get().wants_updates


def test_who_does_not_tick_is_kept_nowhere(client, send_letters):
    petition = make_petition()
    post_sign(client, petition, MIRA)
    send_letters()
    client.post(link_of(signature_of(petition)) + "confirm/")
    assert not Letter.objects.exists()
    assert not Subscription.objects.exists()


def test_a_tick_outlives_a_mistake_elsewhere_in_the_form(client):
    page = post_sign(client, make_petition(), TICKED | {"email": "mira@"}).content.decode()
    assert "checked" in BOX.search(page)[0]


def test_the_tick_is_on_no_signature_and_the_answer_the_same_for_everybody(client):
    petition = make_petition()
    answers = [post_sign(client, petition), post_sign(client, petition, MIRA)]
    confirm(signature_of(petition))
    answers += [post_sign(client, petition), post_sign(client, petition, MIRA)]
    seen = [(a.status_code, a.content, sorted(a.headers.items())) for a in answers]
    assert all(one == seen[0] for one in seen)


def test_signing_with_the_tick_does_the_same_for_new_pending_and_counted(django_assert_num_queries):
    petition = make_petition()
    for _ in range(2):
        with django_assert_num_queries(statements_to_sign()):  # as without
            sign(petition, wants_updates=True)
    confirm(signature_of(petition))
    with django_assert_num_queries(statements_to_sign()):
        sign(petition, wants_updates=True)
    make_subscription(petition)
    with django_assert_num_queries(statements_to_sign()):
        sign(petition, wants_updates=True)


# --- Confirming -----------------------------------------------------------------------------------


def test_mira_ticks_confirms_and_is_subscribed_at_once(client, send_letters):
    petition = make_petition()
    post_sign(client, petition)
    [mail] = send_letters().mails
    assert "You also asked us to write to you" in text_of(mail)
    signature = signature_of(petition)
    assert "checked" in BOX.search(see(client, signature))[0]
    client.post(link_of(signature) + "confirm/", {"wants_updates": "on"})
    subscription = Subscription.objects.get()
    assert sealing.unlock(subscription.locked_address) == "mira@example.org"
    assert subscription.petition == petition
    assert not Letter.objects.exists()
    assert "Updates: <strong>on</strong>" in see(client, signature)


def test_who_unticks_the_box_when_confirming_is_counted_and_not_subscribed(client):
    signature = make_signature(make_petition(), wants_updates=True)
    client.post(link_of(signature) + "confirm/")
    assert signature_of(signature.petition).confirmed_on
    assert not Subscription.objects.exists()
    assert not Letter.objects.exists()


def test_who_ticks_only_when_confirming_is_subscribed_too(client):
    signature = make_signature(make_petition())
    assert "checked" not in BOX.search(see(client, signature))[0]
    client.post(link_of(signature) + "confirm/", {"wants_updates": "on"})
    assert Subscription.objects.count() == 1


def test_where_the_address_is_gone_there_is_nothing_to_tick(client):
    signature = make_signature(make_petition())
    Letter.objects.all().delete()
    assert not BOX.search(see(client, signature))
    client.post(link_of(signature) + "confirm/", {"wants_updates": "on"})
    assert signature_of(signature.petition).confirmed_on
    assert not Subscription.objects.exists()


def test_pressing_twice_subscribes_once(client):
    signature = make_signature(make_petition(), wants_updates=True)
    for _ in range(2):
        client.post(link_of(signature) + "confirm/", {"wants_updates": "on"})
    assert Subscription.objects.count() == 1


def test_an_older_letter_subscribes_nobody_to_what_was_ticked_since():
    petition = make_petition()
    older = make_signature(petition)
    sign(petition, name="Somebody Else", wants_updates=True)
    claim = signing.claim_on(older)
    outcome = signing.confirm(signature_of(petition), claim, wants_updates=True)
    assert outcome == signing.Confirmation.REPLACED
    assert not Subscription.objects.exists()


def test_who_types_the_code_is_subscribed_if_they_ticked(client, send_letters):
    petition = make_petition()
    post_sign(client, petition)
    code = re.search(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", text_of(send_letters().mails[0]))[0]
    url = reverse("petitions:enter_code", args=[petition.slug])
    client.post(url, {"email": "mira@example.org", "code": code} | honest())
    assert signature_of(petition).confirmed_on
    assert Subscription.objects.count() == 1


def test_typing_the_code_subscribes_nobody_to_a_wish_that_no_letter_told_them_of(
    client, send_letters
):
    petition = make_petition()
    post_sign(client, petition, MIRA)
    code = re.search(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", text_of(send_letters().mails[0]))[0]
    signing.ask_for_link(
        petition, address="mira@example.org", language="en", wants_updates=True
    )  # a stranger does
    url = reverse("petitions:enter_code", args=[petition.slug])
    client.post(url, {"email": "mira@example.org", "code": code} | honest())
    assert signature_of(petition).confirmed_on
    assert not Subscription.objects.exists()


def test_asking_for_a_lost_link_does_not_forget_a_wish(send_letters):
    petition = make_petition()
    sign(petition, wants_updates=True)
    signing.ask_for_link(petition, address="mira@example.org", language="en")
    assert Letter.objects.get().wants_updates
    [mail] = send_letters().mails
    assert "You also asked us to write to you" in text_of(mail)


def test_who_signs_again_without_the_tick_has_changed_their_mind():
    petition = make_petition()
    sign(petition, wants_updates=True)
    sign(petition)
    assert not Letter.objects.get().wants_updates


# --- The wish waits no longer than it must --------------------------------------------------------


def test_a_wish_waits_for_its_answer_and_goes_with_the_signature(send_letters):
    petition = make_petition()
    sign(petition, wants_updates=True)
    send_letters()
    Letter.objects.update(send_after=timezone.now())
    assert len(send_letters().mails) == 2  # the reminder
    assert Letter.objects.get().send_after is None
    assert len(send_letters().mails) == 2
    retention.forget_expired()
    assert Letter.objects.exists()
    Signature.objects.update(signed_on=timezone.now().date() - timedelta(days=8))
    retention.forget_expired()
    assert not Letter.objects.exists()


def test_a_wish_that_somebody_counted_never_confirms_is_forgotten(counted, send_letters):
    sign(counted.petition, wants_updates=True)
    send_letters()
    Letter.objects.update(give_up_after=timezone.now() - timedelta(days=6))
    retention.forget_expired()
    assert Letter.objects.exists()
    Letter.objects.update(give_up_after=timezone.now() - timedelta(days=8))
    retention.forget_expired()
    assert not Letter.objects.exists()
    assert Signature.objects.exists()


# --- Later on, for those who are counted ----------------------------------------------------------


def test_a_strangers_tick_on_a_counted_address_subscribes_nobody(client, counted, send_letters):
    post_sign(client, counted.petition)
    [mail] = send_letters().mails
    assert "press “Yes, write to me”" in text_of(mail)
    assert not Subscription.objects.exists()
    client.post(link_of(counted) + "confirm/", {"wants_updates": "on"})
    assert not Subscription.objects.exists()


def test_mira_asks_for_updates_later_and_says_yes_in_her_inbox(client, counted, send_letters):
    link = link_of(counted)
    page, url = look(client, link), f"{link}updates/"
    assert "Updates: <strong>off</strong>" in page
    assert f'href="{url}"' in page
    assert client.get(url).status_code == 200
    answer = client.post(url, {"email": "MIRA@example.org"} | honest(), follow=True)
    assert answer.redirect_chain == [(f"/petitions/{counted.petition.slug}/updates/asked/", 303)]
    assert "If this is the address" in answer.content.decode()
    assert not Subscription.objects.exists()
    [mail] = send_letters().mails
    assert "within 7 days" in text_of(mail)
    assert "Yes, write to me" in see(client, counted)
    answer = client.post(url + "start/", follow=True)
    assert answer.redirect_chain == [(link, 303)]
    assert "Updates: <strong>on</strong>" in answer.content.decode()
    assert sealing.unlock(Subscription.objects.get().locked_address) == "MIRA@example.org"
    assert not Letter.objects.exists()


def test_asking_with_anybodys_address_gets_the_same_answer_and_does_the_same(
    client, counted, django_assert_num_queries
):
    url = link_of(counted) + "updates/"
    answers = []
    for email in ("mira@example.org", "sam@example.org"):
        with django_assert_num_queries(2):  # the signature of the link, the letter
            answers.append(client.post(url, {"email": email} | honest()))
    seen = [(a.status_code, a.content, sorted(a.headers.items())) for a in answers]
    assert seen[0] == seen[1]
    assert Letter.objects.filter(wants_updates=True).count() == 2


def test_somebody_elses_address_brings_that_link_no_button(client, counted, send_letters):
    client.post(link_of(counted) + "updates/", {"email": "sam@example.org"} | honest())
    assert send_letters().mails == []
    assert "Yes, write to me" not in see(client, counted)
    client.post(link_of(counted) + "updates/start/")
    assert not Subscription.objects.exists()


def test_without_a_wish_the_button_does_nothing(client, counted):
    signing.ask_for_link(counted.petition, address="mira@example.org", language="en")
    client.post(link_of(counted) + "updates/start/")
    assert not Subscription.objects.exists()
    assert Letter.objects.exists()


@pytest.mark.parametrize("email", ["", "mira", "m" * 300 + "@example.org"])
def test_asking_with_no_address_gets_a_sentence(client, counted, email):
    answer = client.post(link_of(counted) + "updates/", {"email": email} | honest())
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_only_who_is_counted_can_ask_and_who_is_not_is_told_how_they_stand(client):
    pending = make_signature(make_petition())
    before = everything_stored()
    for url in (link_of(pending), "/signatures/not-one-of-ours/"):
        assert client.post(f"{url}updates/", MIRA).url == url
        assert client.post(f"{url}updates/start/").url == url
        assert client.post(f"{url}updates/stop/").url == url
    assert everything_stored() == before


def test_mira_stops_the_updates_on_her_page_and_goes_on_counting(client, counted):
    make_subscription(counted.petition)
    link = link_of(counted)
    assert f'action="{link}updates/stop/"' in look(client, link)
    answer = client.post(f"{link}updates/stop/", follow=True)
    assert "Updates: <strong>off</strong>" in answer.content.decode()
    assert not Subscription.objects.exists()
    assert signature_of(counted.petition).confirmed_on


def test_somebody_subscribed_who_ticks_again_stays_subscribed_once(client, counted, send_letters):
    make_subscription(counted.petition)
    post_sign(client, counted.petition)
    [mail] = send_letters().mails
    assert "Yes, write to me" not in text_of(mail)
    assert not Letter.objects.exists()
    assert Subscription.objects.count() == 1


def test_whose_mail_came_back_is_told_and_can_ask_again(client, counted, send_letters):
    subscription = make_subscription(counted.petition)
    subscribing.mark_undeliverable([subscription])
    page = see(client, counted)
    assert "<strong>interrupted</strong>" in page
    client.post(link_of(counted) + "updates/", {"email": "mira@example.org"} | honest())
    send_letters()
    client.post(link_of(counted) + "updates/start/")
    assert Subscription.objects.get().undeliverable_on is None


def test_nobody_switches_the_updates_of_another_mailbox(counted):
    lost = signing.claim_on(make_signature(counted.petition, "sam@example.org"))
    make_subscription(counted.petition)
    sign(counted.petition, wants_updates=True)
    claim = lost._replace(signature_id=counted.pk)
    assert signing.start_updates(counted, claim) is False
    assert signing.stop_updates(counted, claim) is False
    assert Subscription.objects.count() == 1


def test_looking_at_the_buttons_addresses_moves_nothing(client, counted):
    make_subscription(counted.petition)
    before = everything_stored()
    for method in (client.get, client.head, client.options):
        for act in ("updates/", "updates/start/", "updates/stop/"):
            method(link_of(counted) + act)
    assert everything_stored() == before


def test_who_withdraws_is_written_to_no_more(counted):
    make_subscription(counted.petition)
    make_subscription(counted.petition, "sam@example.org")
    signing.withdraw(counted, signing.claim_on(counted))
    assert sealing.unlock(Subscription.objects.get().locked_address) == "sam@example.org"


def test_erasing_the_name_leaves_the_updates_on(counted):
    make_subscription(counted.petition)
    signing.change_level(counted, signing.claim_on(counted), level="count")
    assert Subscription.objects.exists()


def test_what_is_stored_of_a_subscriber_can_not_be_read():
    make_subscription(make_petition(), "mira.novak@example.org")
    stored = repr([bytes(v) if isinstance(v, memoryview) else v
                   for row in Subscription.objects.values_list() for v in row])  # fmt: skip
    for word in ("mira", "novak", "example.org"):
        assert word not in stored.lower()


def test_the_subscriptions_of_one_person_to_two_petitions_can_not_be_joined():
    first, second = (make_subscription(make_petition()) for _ in range(2))
    assert bytes(first.duplicate_hash) != bytes(second.duplicate_hash)
    assert bytes(first.locked_address) != bytes(second.locked_address)
