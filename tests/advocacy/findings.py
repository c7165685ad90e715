"""What a doctor's tests share: a healthy network, and findings in short."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from advocacy.doctor import dns_records, website

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WELL = {
    ("testserver", "A"): ["192.0.2.1"],
    ("example.org", "MX"): ["10 mail.example.org."],
    ("example.org", "TXT"): ["google-site=1", "v=spf1 mx -all"],
    ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"],
    ("s1._domainkey.example.org", "TXT"): ["v=DKIM1; k=rsa; p=MIIB"],
}


def levels(findings) -> set[str]:
    """How a list of findings is, in short."""
    return {finding.level for finding in findings}


def faults(findings) -> list[str]:
    """What is broken; each says what to do."""
    found = [finding for finding in findings if finding.level == "FAULT"]
    assert all(finding.to_do for finding in found)
    return [finding.what for finding in found]


def asked(records: dict) -> dns_records.Ask:
    """A name server that knows these records."""
    return lambda name, kind: records.get((name, kind), [])


def answer(status=200, days=60, at=NOW, **headers) -> website.Answer:
    """What a healthy site answers, but for what a test breaks."""
    sent = {
        "strict-transport-security": "max-age=31536000",
        "content-security-policy": "default-src 'self'",
        "date": format_datetime(at, usegmt=True),
    }
    return website.Answer(status, sent | headers, NOW + timedelta(days=days, hours=1))
