"""Feeds, whose addresses are the same in every language of the site."""

from django.urls import path

from stories import feeds
from stories.models import Withdrawal

app_name = "feeds"

urlpatterns = [
    path("<str:form>", feeds.feed, name="site"),
    path("stories/<str:form>", feeds.feed, {"kind": Withdrawal.Kind.STORY}, name="stories"),
    path("petitions/<str:form>", feeds.feed, {"kind": Withdrawal.Kind.PETITION}, name="petitions"),
    path("countries/<slug:code>/<str:form>", feeds.feed, name="country"),
    path("themes/<slug:slug>/<str:form>", feeds.feed, name="theme"),
    path("languages/<str:language>/<str:form>", feeds.feed, name="language"),
]
