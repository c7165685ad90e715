"""The site's table of contents."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import LocalePrefixPattern, URLResolver, include, path, re_path

import petitions.urls
from advocacy import metrics, sitemaps, views
from stories import cards

# For machines and editors: in one language, without a prefix.
for_machines = [
    path("admin/", admin.site.urls),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemaps"),
    path("sitemap-<slug:section>.xml", sitemaps.sitemap, name="sitemap"),
    path("news-sitemap.xml", sitemaps.news, name="news_sitemap"),
    path("feeds/", include("stories.feed_urls")),
    path("share/<slug:kind>/<slug:key>-<slug:version>.png", cards.share_card, name="share_card"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    re_path(
        r"^media/(?P<name>photos/[0-9a-f]{32}-\d{1,5}\.(?P<kind>jpg|webp|avif))$",
        views.media,
        name="media",
    ),
]

if settings.DEMO_MAILBOX:
    for_machines.append(path("demo/", include("advocacy.demo.urls")))

_STYLEGUIDE = []
if settings.STYLEGUIDE:
    _STYLEGUIDE = [path("styleguide/", include("advocacy.styleguide.urls"))]

# For readers: English without a prefix, every other language with its own.
# The same again below /lite/, which lite.py takes off first; what is for machines is not.
urlpatterns = [
    # First, since this is where a flood goes; what i18n_patterns and an empty path would do, with
    # one step less for each address.
    URLResolver(
        LocalePrefixPattern(prefix_default_language=False),
        petitions.urls,
        app_name=petitions.urls.app_name,
        namespace=petitions.urls.app_name,
    ),
    *for_machines,
    *i18n_patterns(
        path("", views.home, name="home"),
        path("browser-history/", views.browser_history, name="browser_history"),
        *_STYLEGUIDE,
        path("", include("stories.urls")),  # last, since its pages take any word
        prefix_default_language=False,
    ),
]

handler400 = "advocacy.views.bad_request"
handler403 = "advocacy.views.forbidden"
handler404 = "advocacy.views.not_found"
handler500 = "advocacy.views.server_error"
