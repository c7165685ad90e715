"""`manage.py doctor`, as far as it asks others: mail server, name servers, the site itself."""

import ssl
from datetime import date, timedelta

import pytest
from django.utils import timezone

from advocacy.doctor import dns_records, mail, website
from petitions.models import Letter
from tests.advocacy.findings import NOW, WELL, answer, asked, faults, levels
from tests.factories import make_petition, sign


@pytest.fixture(autouse=True)
def sender(settings):
    """A site whose letters come from example.org."""
    settings.DEFAULT_FROM_EMAIL = "Petitions <petitions@example.org>"
    settings.DEMO_MAILBOX = False


# --- Mail ---------------------------------------------------------------------------------------


def test_a_mail_server_that_is_not_there_is_a_fault(inbox, settings):
    assert mail.server().level == "ok"
    settings.EMAIL_PORT = 1
    finding = mail.server()
    assert "ConnectionRefusedError" in finding.what
    assert faults([finding])


def test_a_mail_server_without_encryption_or_login_is_a_fault(inbox, settings):
    settings.EMAIL_USE_TLS = True
    assert "SMTPNotSupportedError" in mail.server().what
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "somebody", "pass-word"
    finding = mail.server()
    assert faults([finding])
    assert "pass-word" not in f"{finding}"


def test_a_sender_that_is_refused_is_a_fault(inbox):
    inbox.refused_senders = ["petitions@example.org"]
    assert faults([mail.server()])


def test_one_test_mail_is_sent_if_asked_for(inbox):
    assert mail.send_to("tomas@example.org").level == "ok"
    assert len(inbox.to("tomas@example.org")) == 1
    inbox.answers["mira@example.org"] = "550 No such person"
    finding = mail.send_to("mira@example.org")
    assert faults([finding])
    assert "550" in finding.what
    assert "mira" not in f"{finding}"


def test_letters_into_a_file_are_a_fault_and_letters_in_plain_a_warning(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert faults([mail.way_out()])
    settings.EMAIL_BACKEND = mail.SMTP
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "mail.example.org", False
    assert mail.way_out().level == "warn"
    settings.EMAIL_USE_TLS = True
    assert mail.way_out().level == "ok"


@pytest.mark.django_db
def test_letters_that_wait_and_that_were_refused_are_counted():
    assert levels(mail.queue()) == {"ok"}
    petition = make_petition()
    sign(petition)
    assert levels(mail.queue()) == {"ok"}  # it came just now
    Letter.objects.update(send_after=timezone.now() - timedelta(minutes=11))
    assert next(iter(mail.queue())).what.startswith("1 letters wait")
    Letter.objects.update(refused_on=date(2026, 11, 21))
    waiting, refused = mail.queue()
    assert waiting.level == "ok"
    assert refused.what == "given up: 1 letters, 0 updates"


# --- DNS ----------------------------------------------------------------------------------------


def test_records_as_they_should_be_are_well():
    assert levels(dns_records.look("s1", asked(WELL))) == {"ok"}


@pytest.mark.parametrize("missing", WELL)
def test_each_record_that_is_missing_is_a_fault_with_an_example(missing):
    records = {name: found for name, found in WELL.items() if name != missing}
    found = list(dns_records.look("s1", asked(records)))
    assert len(faults(found)) == 1
    [broken] = [finding for finding in found if finding.level == "FAULT"]
    assert f"{missing[0]}." in broken.to_do
    assert f" {missing[1]} " in broken.to_do


@pytest.mark.parametrize(
    ("name", "texts", "level"),
    [("example.org", ["v=spf1 mx -all", "v=spf1 -all"], "FAULT"),
     ("example.org", ["v=spf1 mx +all"], "FAULT"),
     ("example.org", ["v=spf10 mx -all"], "FAULT"),
     ("s1._domainkey.example.org", ["v=DKIM1; p="], "FAULT"),
     ("_dmarc.example.org", ["v=DMARC1; p=none"], "warn")]
)  # fmt: skip
def test_a_record_that_says_the_wrong_thing_is_noticed(name, texts, level):
    found = dns_records.look("s1", asked(WELL | {(name, "TXT"): texts}))
    assert levels(found) == {"ok", level}


def test_the_policy_of_the_domain_above_holds():
    policies = {("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"]}
    assert dns_records.dmarc("petitions.example.org", asked(policies)).level == "ok"


def test_a_name_server_that_is_silent_is_no_missing_record():
    def silent(name, kind):
        raise dns_records.NoAnswer

    assert levels(dns_records.look("s1", silent)) == {"warn"}


# --- The site at its address ----------------------------------------------------------------------


def seen(what: website.Answer | Exception) -> list:
    """What the doctor finds where the site answers so."""

    def fetch(url):
        assert url == "https://testserver/healthz"
        if isinstance(what, Exception):
            raise what
        return what

    return list(website.look(fetch, lambda: NOW))


def test_a_site_that_answers_is_well():
    assert levels(seen(answer())) == {"ok"}


@pytest.mark.parametrize(
    "broken",
    [answer(status=502), answer(status=301), answer(status=418), ConnectionRefusedError(),
     TimeoutError(), answer(**{"strict-transport-security": ""}),
     answer(**{"content-security-policy": ""}), answer(at=NOW - timedelta(seconds=7))]
)  # fmt: skip
def test_a_site_that_answers_wrongly_is_a_fault(broken):
    assert len(faults(seen(broken))) == 1


def test_a_certificate_that_nobody_believes_is_a_fault():
    error = ssl.SSLCertVerificationError("x")
    error.verify_message = "certificate has expired"
    assert faults(seen(error)) == ["the certificate of the site: certificate has expired"]


def test_a_certificate_that_ends_soon_is_a_warning():
    assert levels(seen(answer(days=14))) == {"ok"}
    assert levels(seen(answer(days=13))) == {"ok", "warn"}


def test_an_answer_without_a_date_is_no_fault():
    assert levels(seen(answer(date=""))) == {"ok", "warn"}


@pytest.mark.django_db
def test_the_site_is_really_asked(live_server):
    answered = website.fetch(f"{live_server.url}/healthz")
    assert answered.status == 200
    assert answered.headers["content-security-policy"]
    assert answered.certificate_ends is None
