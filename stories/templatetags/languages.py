"""In which language is it, and in which others? Said wherever words are not in the page's own."""

from collections.abc import Iterable

from django import template
from django.conf import settings
from django.db.models import Model
from django.urls import translate_url
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override, pgettext

from stories import locales, translations

register = template.Library()


@register.simple_tag
def language_of(row: Model | str, field: str = "") -> SafeString:
    """The attributes of words in another language than the page's; nothing where it is its own."""
    language = shown_in(row, field)
    is_empty = field and not getattr(row, field, "")
    if not language or is_empty or language == get_language():
        return mark_safe("")
    return format_html(' lang="{}" dir="{}"', language, direction(language))


@register.simple_tag
def words_of(row: Model, field: str) -> SafeString:
    """A field's words within a line, marked where they are in another language than the page."""
    words, attributes = conditional_escape(getattr(row, field)), language_of(row, field)
    return format_html("<span{}>{}</span>", attributes, words) if attributes else words


@register.simple_tag
def line_of(row: Model, *fields: str) -> SafeString:
    """Fields' words as one line; whole where all are in one language, for its order."""
    filled = [field for field in fields if getattr(row, field)]
    languages = {shown_in(row, field) for field in filled}
    language = languages.pop() if len(languages) == 1 else ""
    with override(language or get_language()):
        comma = pgettext("between the parts of a line", ", ")
    if not language:
        return format_html_join(comma, "{}", ((words_of(row, field),) for field in filled))
    line = comma.join(str(getattr(row, field)) for field in filled)
    attributes = language_of(row, filled[0])
    return format_html("<span{}>{}</span>", attributes, line) if attributes else escape(line)


@register.filter
def as_address(words: str) -> SafeString:
    """An address within a line: from left to right, whichever way the line runs."""
    return format_html('<bdi dir="ltr">{}</bdi>', words)


@register.filter
def as_code(words: str) -> SafeString:
    """A code within a line of a letter: from left to right, and never on two lines."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', words)


@register.filter
def shown_in(row: Model | str, field: str = "") -> str:
    """The language of a row's words as they are now, or of one field of them."""
    is_known = isinstance(row, translations.Translatable)
    return translations.shown_language(row, field) if is_known else ""


@register.filter
def any_by_machine(rows: Iterable[Model]) -> bool:
    """Whether a machine translated some of what a list shows, and nobody has checked it."""
    return any(translations.is_by_machine(row) for row in rows)


@register.filter
def direction(language: str) -> str:
    """Which way a language runs; `auto` for one that Django does not know."""
    return locales.direction(language)


@register.filter
def language_name(language: str) -> str:
    """What a language is called in the reader's own; its code where that is not known."""
    return locales.name(language, locales.here())


@register.filter
def row_kind(row: Model) -> str:
    """What sort of row it is, in words."""
    return str(row._meta.verbose_name)


@register.inclusion_tag("components/translation_note.html", takes_context=True)
def translation_note(context: template.Context, row: Model | str) -> dict[str, object]:
    """What readers are told of the language of a page's text, and in which others it can be read.

    The latter from `read_in`, where the view has found that out.
    """
    is_long = isinstance(row, translations.Translatable) and translations.has_main_text(row)
    language, here = shown_in(row, row.main_text if is_long else ""), get_language()
    codes = [code for code in context.get("read_in", []) if code not in (language, here)]
    path = context["request"].path
    return {
        "is_untranslated": bool(language) and language != here,
        # A headline in the reader's language over a text that is not.
        "is_begun": bool(language) and language != here and shown_in(row) == here,
        "is_by_machine": bool(language) and translations.is_by_machine(row),
        "language": language,
        "others": [
            (code, name, translate_url(path, code))
            for code, name in settings.LANGUAGES
            if code in codes
        ],
    }
