"""Petitions, signing, and the page behind the link of a letter."""

from django.urls import path

from petitions import views

app_name = "petitions"

urlpatterns = [
    # /petitions/
    path("petitions/", views.petition_list, name="petition_list"),
    path("petitions/<slug:slug>/", views.petition_detail, name="petition_detail"),
    path("petitions/<slug:slug>/sign/", views.sign, name="sign"),
    path("petitions/<slug:slug>/signed/", views.signed, name="signed"),
    path("petitions/<slug:slug>/code/", views.enter_code, name="enter_code"),
    path("petitions/<slug:slug>/link/", views.lost_link, name="lost_link"),
    path("petitions/<slug:slug>/link/sent/", views.link_sent, name="link_sent"),
    path("petitions/<slug:slug>/withdrawn/", views.withdrawn, name="withdrawn"),
    path("petitions/<slug:slug>/count.json", views.count, name="count"),
    # /signatures/: private pages, reached from a letter
    path("signatures/<str:token>/", views.signature, name="signature"),
    path("signatures/<str:token>/confirm/", views.confirm, name="confirm"),
    path("signatures/<str:token>/erase-name/", views.erase_name, name="erase_name"),
    path("signatures/<str:token>/withdraw/", views.withdraw, name="withdraw"),
]
