"""Petitions, for the search over the whole site and for what search engines are told."""

from django.utils.translation import gettext_lazy as _

from petitions.models import Petition
from stories import linked, search
from stories.plaintext import words


def register() -> None:
    """Let petitions be found, here and by search engines."""
    searchable = search.Searchable(
        kind="petition",
        label=_("Petitions"),
        public=Petition.objects.published,
        words=_of_petition,
        country_path="countries",
        theme_path="themes",
    )
    search.register(Petition, searchable)
    linked.LISTS[Petition] = (_("Petitions"), "petitions:petition_list")


def _of_petition(petition: Petition) -> search.Words:
    text = "\n".join(filter(None, [words(petition.text), words(petition.result)]))
    return search.Words(
        title=petition.title,
        summary=petition.summary,
        text=text,
        published_at=petition.published_at,
    )
