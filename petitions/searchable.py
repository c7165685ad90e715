"""Petitions, for the search over the whole site."""

from django.utils.translation import gettext_lazy as _

from petitions.models import Petition
from stories import search
from stories.plaintext import words


def register() -> None:
    """Let petitions be found."""
    searchable = search.Searchable(
        "petition", _("Petitions"), Petition.objects.published, _of_petition, "countries"
    )
    search.register(Petition, searchable)


def _of_petition(petition: Petition) -> search.Words:
    text = "\n".join(filter(None, [words(petition.text), words(petition.result)]))
    return search.Words(
        title=petition.title,
        summary=petition.summary,
        text=text,
        published_at=petition.published_at,
    )
