"""The HTML parser against the table of tdlib's own tests."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.sandbox.telegram.errors import BotApiError
from utils.sandbox.telegram.text.entities import RichText
from utils.sandbox.telegram.text.finish import finished
from utils.sandbox.telegram.text.html import parse_html

REFUSED = [
    ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
    ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
    ("🏟 🏟&lt;<abac>", 'Unsupported start tag "abac" at byte offset 13'),
    ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
    ("🏟 🏟&lt;<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
    ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
    ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
    ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 13"),
    ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
    ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
    ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
    ("🏟 🏟&lt;<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("RSI < 30 and > 70", 'Unsupported start tag "" at byte offset 4'),
    ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
    (
        "&#xDFDF;",
        "Text contains invalid Unicode characters after decoding HTML entities, "
        "check for unmatched surrogate code units",
    ),
]

PARSED = [
    ("&ge;&lt;&gt;&amp;&quot;&laquo;&#12345678;", '&ge;<>&"&laquo;&#12345678;', []),
    ("&#65;&#x42;", "AB", []),
    ("➡️ ➡️<i>➡️ ➡️</i><b>➡️ ➡️</b>", "➡️ ➡️➡️ ➡️➡️ ➡️", [("italic", 5, 5), ("bold", 10, 5)]),
    ("🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", [("italic", 5, 6)]),
    ("🏟 🏟<i>🏟 &gt;<b aba = caba>&lt🏟</b></i>", "🏟 🏟🏟 ><🏟", [("italic", 5, 7), ("bold", 9, 3)]),
    ("🏟 🏟&lt;<i aba='&lt;'>a</>", "🏟 🏟<a", [("italic", 6, 1)]),
    ("🏟 🏟&lt;<b></b>", "🏟 🏟<", []),
    ('<span class = "tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
    ("<pre><code>a</code></pre>", "a", [("pre", 0, 1), ("code", 0, 1)]),
    ('<pre><code class="language-fift">a</></>', "a", [("pre", 0, 1, "language", "fift")]),
    ('<code class="language-fift">a</code>', "a", [("code", 0, 1)]),
    ("<a href='telegram.org?&lt;'>x</a>", "x", [("text_link", 0, 1, "url", "http://telegram.org?</")]),
    ("<a href=telegram.org>x</a>", "x", [("text_link", 0, 1, "url", "http://telegram.org/")]),
    ("<a> </a>", " ", []),
    ("<blockquote expandable>a<pre>b</></>", "ab", [("expandable_blockquote", 0, 2), ("pre", 1, 1)]),
    ("<del>x</del><ins>y</ins>", "xy", [("strikethrough", 0, 1), ("underline", 1, 1)]),
]


def _flat(rich: RichText) -> list[tuple[object, ...]]:
    ordered = sorted(rich.entities, key=lambda e: (e.offset, -e.length))
    return [(e.type, e.offset, e.length, *(e.argument or ())) for e in ordered]


@pytest.mark.parametrize(("source", "reason"), REFUSED)
def test_refuses_in_telegrams_words(source: str, reason: str) -> None:
    with pytest.raises(BotApiError) as refusal:
        parse_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"
    assert refusal.value.code == 400


@pytest.mark.parametrize(("source", "text", "entities"), PARSED)
def test_parses_text_and_entities(source: str, text: str, entities: list[tuple[object, ...]]) -> None:
    rich = parse_html(source)
    assert rich.text == text
    assert sorted(_flat(rich), key=str) == sorted(entities, key=str)


def test_finished_text_is_trimmed_and_its_entities_follow() -> None:
    rich = finished(parse_html("  <b> BTC </b>\n\n"))
    assert rich.text == " BTC"
    assert [(e.type, e.end) for e in rich.entities] == [("bold", len(rich.text))]


def test_commands_mentions_and_tags_are_found_outside_code() -> None:
    rich = finished(parse_html("🏟 /t@SandboxBot $BTC #top @someone https://a.b/c, <code>/not @here</code>"))
    assert [(e.type, e.offset, e.length) for e in rich.entities] == [
        ("bot_command", 3, 13),
        ("cashtag", 17, 4),
        ("hashtag", 22, 4),
        ("mention", 27, 8),
        ("url", 36, 13),
        ("code", 51, 10),
    ]


def test_length_counts_utf16_units() -> None:
    assert RichText("🏟a").units == 3


SETTLED = [
    ("<b>a</b><b>b</b>", [("bold", 0, 2)]),
    ("<b>a<code>b</code>c</b>", [("bold", 0, 1), ("bold", 2, 1), ("code", 1, 1)]),
    ("<pre><code>a</code></pre>", [("pre", 0, 1)]),
    ("<code>a<i>b</i></code>", [("code", 0, 2)]),
    ("<blockquote>a<pre>b</pre></blockquote>", [("blockquote", 0, 2), ("pre", 1, 1)]),
    ("<b><i>a</i></b>", [("bold", 0, 1), ("italic", 0, 1)]),
    ("<pre>/t</pre>", [("pre", 0, 2)]),
]


@pytest.mark.parametrize(("source", "entities"), SETTLED)
def test_nothing_nests_in_code_and_neighbours_join(source: str, entities: list[tuple[object, ...]]) -> None:
    assert sorted(_flat(finished(parse_html(source))), key=str) == sorted(entities, key=str)


def test_formatting_beyond_one_hundred_entities_is_lost() -> None:
    rich = finished(parse_html("<b>a</b> " * 120))
    assert len(rich.entities) == 100
    assert rich.units == 239


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_text_comes_back_unchanged(text: str) -> None:
    rich = parse_html(f"<b>{escape(text, quote=False)}</b>")
    assert rich.text == text
    assert [(e.offset, e.length) for e in rich.entities] == ([(0, rich.units)] if text else [])


@given(st.text("<>/&;= \"'abipre-spnlass#x1", max_size=40))
def test_any_source_is_parsed_or_refused(source: str) -> None:
    try:
        rich = finished(parse_html(source))
    except BotApiError as refusal:
        assert refusal.description.startswith("Bad Request: can't parse entities: ")  # noqa: PT017
    else:
        assert all(0 <= e.offset < e.end <= rich.units for e in rich.entities)
