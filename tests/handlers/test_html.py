"""Markup within Telegram's limits: escaped where text enters, split at boundaries, nothing lost."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.render.html import (
    Block,
    Html,
    bold,
    code,
    compose,
    esc,
    fill,
    fit,
    has_times,
    plain,
    pre,
    shorten,
    split,
    time_tag,
    utf16_units,
    visible_units,
    without_times,
)
from utils.sandbox.telegram.text.html import parse_html

TEXTS = st.text(max_size=40)


@given(TEXTS)
@example("<b>")
@example("&lt;")
def test_every_leaf_parses_to_what_was_meant(text: str) -> None:
    for markup in (esc(text), bold(text), code(text), pre(text)):
        shown = plain(markup)
        assert parse_html("." + markup + ".").text == f".{shown}."


@given(TEXTS)
def test_a_filled_sentence_keeps_its_braces_and_tags(text: str) -> None:
    assert plain(fill("a < {word} & b", word=code(text))) == f"a < {plain(code(text))} & b"


def test_hidden_and_broken_characters_do_not_pass() -> None:
    assert esc("a\u202eb\x00\ud800<") == "ab&lt;"


def test_a_shortened_word_is_one_line() -> None:
    assert shorten("a\nb   c", 10) == "a b c"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


def test_length_is_counted_in_utf16_units_after_parsing() -> None:
    assert visible_units("<b>😀&amp;</b>") == utf16_units("😀&") == 3


def test_a_caption_loses_its_least_needed_blocks_whole() -> None:
    blocks = [Block(esc("a" * 500)), Block(esc("b" * 400), 2), Block(esc("c" * 300), 1)]
    text, left_out = fit(blocks)
    assert left_out
    assert plain(text) == "a" * 500 + "\n\n" + "c" * 300


PARAGRAPHS = st.lists(
    st.text("ab <&>😀\n", min_size=1, max_size=60).map(lambda t: bold(t) if len(t) % 2 else pre(t))
)


@settings(max_examples=300, deadline=None)
@given(PARAGRAPHS, st.integers(8, 80))
@example([bold("x" * 100)], 10)
def test_parts_fit_parse_and_lose_nothing(blocks: list[Html], limit: int) -> None:
    whole = compose([Block(block) for block in blocks])
    parts = split(whole, limit)
    for part in parts:
        assert 0 < visible_units(part) <= limit
        assert parse_html("." + part + ".").text == f".{plain(part)}."
    assert "".join(plain("".join(parts)).split()) == "".join(plain(whole).split())


def test_cuts_fall_between_blocks_where_they_can() -> None:
    parts = split("aaaa bbbb\n\ncccc\n\ndddd eeee", 18)
    assert parts == ["aaaa bbbb\n\ncccc", "dddd eeee"]


def test_a_block_that_is_too_long_is_cut_between_lines_with_its_tags() -> None:
    assert split("<pre>one two\nthree</pre>", 8) == [
        "<pre>one two\n</pre>".replace("\n", ""),
        "<pre>three</pre>",
    ]


def test_a_marked_moment_counts_as_its_words_and_is_never_cut() -> None:
    words = "14 Nov 2023 22:13 UTC"
    marked = time_tag(words, 1_700_000_000_123)
    assert marked == f'<tg-time unix="1700000000" format="Dt">{words}</tg-time>'
    assert (plain(marked), visible_units(marked)) == (words, len(words))
    parts = split(Html(f"{marked} " * 5), limit=30)
    assert [without_times(part).strip() for part in parts] == [words] * 5
    assert all(has_times(part) for part in parts)
    (entity,) = parse_html(time_tag("<a> & b", 5_000)).entities
    assert entity.json() == {
        "type": "date_time",
        "offset": 0,
        "length": 7,
        "unix_time": 5,
        "date_time_format": "Dt",
    }
