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


def weigh(browser: Browser, urls: list[str]) -> list[Weight]:
    """Open pages, each on a phone that knows nothing of the site, and wait until all is here."""
    contexts = [browser.new_context(**PHONE) for _ in urls]
    try:
        return weigh_at_once([context.new_page() for context in contexts], urls)
    finally:
        for context in contexts:
            context.close()


def weigh_in(page: Page, url: str) -> Weight:
    """The same on a page that is there already and may have some of it."""
    return weigh_at_once([page], [url])[0]


def weigh_at_once(pages: list[Page], urls: list[str]) -> list[Weight]:
    """The same on several pages: they wait side by side until nothing more comes."""
    scales = [Scale(page) for page in pages]
    for page, url in zip(pages, urls, strict=True):
        page.goto(url, wait_until="commit")
    for page in pages:
        page.wait_for_load_state("networkidle")
    return [scale.read() for scale in scales]


class Scale:
    """Weighs what a page fetches from now on."""

    def __init__(self, page: Page) -> None:
        self.weight, self.kinds = Weight(), {}
        self.session = page.context.new_cdp_session(page)
        self.session.on("Network.requestWillBeSent", self.note)
        self.session.on("Network.requestServedFromCache", self.forget)
        self.session.on("Network.loadingFinished", self.add)
        self.session.send("Network.enable")

    def note(self, event: dict) -> None:
        """Something is asked for."""
        self.kinds[event["requestId"]] = event.get("type", FALLBACK)
        if not event["request"]["url"].startswith("data:"):
            self.weight.requests += 1

    def forget(self, event: dict) -> None:
        """It was there already."""
        self.weight.requests -= 1

    def add(self, event: dict) -> None:
        """It came."""
        kind = self.kinds.get(event["requestId"], FALLBACK)
        self.weight.bytes[kind] += event["encodedDataLength"]

    def read(self) -> Weight:
        """What it was, once nothing more comes."""
        self.session.detach()
        return self.weight
