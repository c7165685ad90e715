"""What a page costs: real bytes and requests of a first visit, as the browser counts them."""

from collections import Counter
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 3}
FALLBACK = "Other"


@dataclass
class Weight:
    """Bytes that came over the line with their headers, by what they were for, and requests."""

    bytes: Counter = field(default_factory=Counter)
    requests: int = 0  # that left the device

    @property
    def kilobytes(self) -> float:
        """All of it, in thousands."""
        return round(sum(self.bytes.values()) / 1000, 1)


def weigh(browser: Browser, url: str, *, scroll: bool = False, **options: object) -> Weight:
    """Open a page on a new phone that knows nothing of the site, and wait until all is here."""
    context = browser.new_context(**PHONE, **options)
    try:
        return weigh_in(context.new_page(), url, scroll=scroll)
    finally:
        context.close()


def weigh_in(page: Page, url: str, *, scroll: bool = False) -> Weight:
    """The same on a page that is there already and may have some of it."""
    weight, kinds = Weight(), {}
    session = page.context.new_cdp_session(page)

    def note(event: dict) -> None:
        kinds[event["requestId"]] = event.get("type", FALLBACK)
        if not event["request"]["url"].startswith("data:"):
            weight.requests += 1

    def forget(event: dict) -> None:
        weight.requests -= 1

    session.on("Network.requestWillBeSent", note)
    session.on("Network.requestServedFromCache", forget)
    session.on(
        "Network.loadingFinished",
        lambda event: weight.bytes.update(
            {kinds.get(event["requestId"], FALLBACK): event["encodedDataLength"]}
        ),
    )
    session.send("Network.enable")
    page.goto(url, wait_until="networkidle")
    if scroll:
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
    session.detach()
    return weight
