"""Petitions, signing, and the page behind the link of a letter."""

from django.urls import include, path

from petitions.views import pages, private, sign, updates

app_name = "petitions"

# Grouped by how they begin, so that an address is compared with a few of them and not with all.
of_petition = [
    path("", pages.petition_detail, name="petition_detail"),
    path("count.json", pages.count, name="count"),
    path("signed/", pages.signed, name="signed"),
    path("code/", sign.enter_code, name="enter_code"),
    path("link/", sign.lost_link, name="lost_link"),
    path("link/sent/", pages.link_sent, name="link_sent"),
    path("withdrawn/", pages.withdrawn, name="withdrawn"),
    path("updates/asked/", updates.updates_asked, name="updates_asked"),
    path("qr.svg", pages.qr, name="qr"),
]
# Private pages, reached from a letter.
of_signature = [
    path("", private.signature, name="signature"),
    path("level/", private.change_level, name="change_level"),
    path("withdraw/", private.withdraw, name="withdraw"),
    path("updates/", updates.ask_for_updates, name="ask_for_updates"),
    path("updates/start/", updates.start_updates, name="start_updates"),
    path("updates/stop/", updates.stop_updates, name="stop_updates"),
]
urlpatterns = [
    # First and by themselves, since this is where a flood goes.
    path("petitions/<slug:slug>/sign/", sign.sign, name="sign"),
    path("signatures/<str:token>/confirm/", private.confirm, name="confirm"),
    path("petitions/", pages.petition_list, name="petition_list"),
    path("petitions/<slug:slug>/", include(of_petition)),
    path("signatures/<str:token>/", include(of_signature)),
    # Reached from an update, by people and by their mail programs.
    path("updates/<str:token>/stop/", updates.stop_by_mail, name="stop_by_mail"),
]
