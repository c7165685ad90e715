"""Stories, people, places, themes, and the pages that editors write."""

from django.urls import path

from stories import views

app_name = "stories"

urlpatterns = [
    path("stories/", views.story_list, name="story_list"),
    path("stories/<slug:slug>/", views.story_detail, name="story_detail"),
    path("defenders/", views.defender_list, name="defender_list"),
    path("defenders/<slug:slug>/", views.defender_detail, name="defender_detail"),
    path("countries/", views.country_list, name="country_list"),
    path("countries/<slug:code>/", views.country_detail, name="country_detail"),
    path("themes/<slug:slug>/", views.theme_detail, name="theme_detail"),
    path("numbers/", views.statistic_list, name="statistic_list"),
    path("search/", views.search, name="search"),
    # Last of all addresses, since it takes any word: /about/, /privacy/ …
    path("<slug:slug>/", views.page_detail, name="page_detail"),
]
