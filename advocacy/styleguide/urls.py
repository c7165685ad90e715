"""Pages for whoever works on the look of the site. A site with real readers has none of them."""

from django.urls import path

from advocacy.styleguide import views

app_name = "styleguide"

urlpatterns = [
    path("", views.components, name="components"),
    path("faults/<int:status>/", views.fault, name="fault"),
]
