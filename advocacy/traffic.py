"""How many requests, how they ended, how long they took, and how many a kept page answered."""

from django.urls import ResolverMatch
from prometheus_client import Counter, Histogram

from petitions import measured

# By the names of views: who signs must not wait behind who reads, so they are looked at apart.
_GROUPS = {
    "petitions:sign": "sign",
    "petitions:signature": "confirm",
    "petitions:confirm": "confirm",
    "petitions:enter_code": "confirm",
    "petitions:count": "count",
    "stories:search": "search",
    "media": "files",
}
_FOR_MACHINES = {"healthz", "readyz", "metrics", "robots", "sitemaps", "sitemap", "news_sitemap"}
REQUESTS = Counter(
    "advocacy_requests", "Requests, by what was asked for and the status of the answer.",
    ["group", "status"], registry=measured.REGISTRY,
)  # fmt: skip
SECONDS = Histogram(
    "advocacy_request_seconds", "How long answers took, without waiting for a free process.",
    ["group"], registry=measured.REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
KEPT_PAGES = Counter(
    "advocacy_page_cache", "Pages for everybody: sent as kept, sent though old, or made.",
    ["answer"], registry=measured.REGISTRY,
)  # fmt: skip


def note_request(match: ResolverMatch | None, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    group = group_of(match, status)
    measured.note(REQUESTS, group, status)
    measured.note(SECONDS, group, value=seconds)


def note_page(answer: str) -> None:
    """Count a page that may be kept, by how it was answered: kept, old or made."""
    measured.note(KEPT_PAGES, answer)


def group_of(match: ResolverMatch | None, status: int) -> str:
    """One of nine words; none of them tells which petition or whose page it was."""
    if match is None:  # style sheets and such are answered before anybody looks for a view
        return "files" if status < 400 else "nowhere"
    if match.namespaces[:1] == ["admin"]:
        return "desk"
    if match.view_name in _FOR_MACHINES or match.namespaces[:1] == ["feeds"]:
        return "machines"
    return _GROUPS.get(match.view_name, "pages")
