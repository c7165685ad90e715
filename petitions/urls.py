"""Petitions, signing, and the page behind the link of a letter."""

from django.urls import path

from petitions.views import pages, private, sign, updates

app_name = "petitions"

urlpatterns = [
    # /petitions/
    path("petitions/", pages.petition_list, name="petition_list"),
    path("petitions/<slug:slug>/", pages.petition_detail, name="petition_detail"),
    path("petitions/<slug:slug>/sign/", sign.sign, name="sign"),
    path("petitions/<slug:slug>/signed/", pages.signed, name="signed"),
    path("petitions/<slug:slug>/code/", sign.enter_code, name="enter_code"),
    path("petitions/<slug:slug>/link/", sign.lost_link, name="lost_link"),
    path("petitions/<slug:slug>/link/sent/", pages.link_sent, name="link_sent"),
    path("petitions/<slug:slug>/withdrawn/", pages.withdrawn, name="withdrawn"),
    path("petitions/<slug:slug>/updates/asked/", updates.updates_asked, name="updates_asked"),
    path("petitions/<slug:slug>/count.json", pages.count, name="count"),
    path("petitions/<slug:slug>/qr.svg", pages.qr, name="qr"),
    # /signatures/: private pages, reached from a letter
    path("signatures/<str:token>/", private.signature, name="signature"),
    path("signatures/<str:token>/confirm/", private.confirm, name="confirm"),
    path("signatures/<str:token>/level/", private.change_level, name="change_level"),
    path("signatures/<str:token>/withdraw/", private.withdraw, name="withdraw"),
    path("signatures/<str:token>/updates/", updates.ask_for_updates, name="ask_for_updates"),
    path("signatures/<str:token>/updates/start/", updates.start_updates, name="start_updates"),
    path("signatures/<str:token>/updates/stop/", updates.stop_updates, name="stop_updates"),
    # /updates/: reached from an update, by people and by their mail programs
    path("updates/<str:token>/stop/", updates.stop_by_mail, name="stop_by_mail"),
]
