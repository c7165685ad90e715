"""Editors' text as plain words."""

import pytest

from stories.plaintext import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One<br>two</p>", "One\ntwo"),
        ("<h2>News</h2><p>She is <strong>home</strong>.</p>", "News\n\nShe is home."),
        ("<p>a</p><ul><li>b</li><li>c</li></ul><p>d</p>", "a\n\n- b\n- c\n\nd"),
        ("<ul><li><p>b</p></li><li><p>c</p></li></ul>", "- b\n- c"),
        ("<ol><li>b</li><li>c</li></ol>", "1. b\n2. c"),
        ('<ol start="3"><li>b</li></ol>', "3. b"),
        ("<ul><li>a<ol><li>b</li></ol></li></ul>", "- a\n  1. b"),
        ("<ul><li>a<br>b</li></ul>", "- a\n  b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n\n> b"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ("<blockquote><ul><li>a</li></ul></blockquote>", "> - a"),
        ('<p>Read <a href="https://x.org/a">this</a>.</p>', "Read this (https://x.org/a)."),
        ('<p>At <a href="https://x.org">https://x.org</a></p>', "At https://x.org"),
        ('<p><a href="mailto:a@x.org">a@x.org</a></p>', "a@x.org"),
        ('<p><a href="https://x.org"></a></p>', "https://x.org"),
        ("<p>Fish &amp; chips &lt;b&gt;</p>", "Fish & chips <b>"),
        ("<p>  two\n words </p>", "two words"),
        ("<p>a<em> b</em></p>", "a b"),
        ("<p>a <em>b</em> c</p>", "a b c"),
        ("bare words", "bare words"),
        ("<p>نرگس محمدی</p>", "نرگس محمدی"),
        ("<table><tr><td>kept</td></tr></table>", "kept"),
        ("<p></p><p>a</p>", "a"),
    ],
)
def test_a_text_is_as_readable_without_markup(html, text):
    assert plain(html) == text
