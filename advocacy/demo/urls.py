"""Pages that only the demo has."""

from django.urls import path

from advocacy.demo import views

app_name = "demo"

urlpatterns = [path("mailbox/", views.mailbox_page, name="mailbox")]
