"""No argument whatever can leave its string, and what is sent is what arrives."""

import re

import pytest
from hostile_text import HOSTILE, texts, units
from hypothesis import example, given
from hypothesis import strategies as st

from vmready.probes.lines import argument, arguments, calls

#: The grammar, written down a second time on purpose.
GRAMMAR = re.compile(r"'(?:[ -&(-\]_-~]|\^[0-9A-F]{4})*'\Z")


@given(texts)
@example("".join(HOSTILE))
def test_an_argument_is_of_the_grammar(text: str):
    written = argument(text)
    assert GRAMMAR.match(written), ascii(written)
    assert written.isascii()
    assert written.isprintable()
    assert written[1:-1].count("'") == 0


@pytest.mark.parametrize(
    "unit",
    [
        *range(0x0, 0x100),
        *range(0x2000, 0x2070),
        0x130,
        0x131,
        0x17F,
        0x212A,
        0xD800,
        0xDBFF,
        0xDC00,
        0xDFFF,
        0xFEFF,
        0xFFFF,
    ],
)
def test_every_odd_unit_alone(unit: int):
    written = argument(chr(unit))
    plain = 0x20 <= unit < 0x7F and chr(unit) not in "'^"
    assert written == (f"'{chr(unit)}'" if plain else f"'^{unit:04X}'")


def test_all_units_at_once():
    text = "".join(map(chr, range(0x10000)))
    assert GRAMMAR.match(argument(text))
    assert units(arguments(argument(text))[0]) == units(text)


def test_a_path_stays_readable():
    assert argument(r"HKLM\SOFTWARE\Microsoft\NET Framework Setup") == r"'HKLM\SOFTWARE\Microsoft\NET Framework Setup'"


def test_a_character_beyond_the_first_plane_goes_as_two_units():
    assert argument("\U0001f600") == "'^D83D^DE00'"


@given(st.lists(texts, min_size=1, max_size=6))
@example(HOSTILE)
def test_reading_is_the_inverse_of_writing(words: list[str]):
    line = " ".join(argument(word) for word in words)
    assert [units(word) for word in arguments(line)] == [units(word) for word in words]


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=6))
def test_text_without_lone_surrogates_comes_back_itself(words: list[str]):
    assert arguments(" ".join(argument(word) for word in words)) == words


@given(st.lists(texts, min_size=1, max_size=6))
def test_equal_lines_are_equal_words_only(words: list[str]):
    """Two different lists of words never share a line: the text of a probe is its name."""
    line = " ".join(argument(word) for word in words)
    assert " ".join(argument(word) for word in arguments(line)) == line


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        "'",
        "a",
        "'a",
        "a'",
        "'a''b'",
        "'a'  'b'",
        "'a' ",
        " 'a'",
        "'a'\t'b'",
        "'a'\n",
        "'a'\n'b'",
        "'a'; 'b'",
        "'a' b",
        "'a' 'b",
        '"a"',
        "'^'",
        "'^00'",
        "'^000g'",
        "'^00e9'",
        "'caf\u00e9'",
        "\u2018a\u2019",
        "'a\u2019",
        "'a\0'",
        "'a\nb'",
        "'\x7f'",
        "'a' $(1)",
        "'a' @args",
        "'a' -b",
        "'a', 'b'",
        "'a' # b",
    ],
)
def test_lines_outside_the_grammar_are_refused(line: str):
    with pytest.raises(ValueError, match=r"column \d+"):
        arguments(line)


@given(st.text(st.sampled_from("'^0A \n\u2019a;$")))
def test_what_is_read_is_of_the_grammar(line: str):
    try:
        words = arguments(line)
    except ValueError:
        return
    assert all(GRAMMAR.match(part) for part in re.findall(r"'[^']*'", line))
    assert [units(word) for word in arguments(" ".join(argument(word) for word in words))] == [
        units(word) for word in words
    ]


@given(st.lists(st.lists(texts, min_size=1, max_size=4), max_size=5), texts)
def test_the_calls_are_one_line_each(probes: list[list[str]], nonce: str):
    text = calls(1, nonce, 60, [" ".join(argument(word) for word in words) for words in probes])
    lines = text.split("\n")
    assert len(lines) == len(probes) + 3
    assert lines[-2:] == ["Finish", ""]
    name, _, rest = lines[0].partition(" ")
    assert name == "Begin"
    assert [units(word) for word in arguments(rest)] == [units(word) for word in ("1", nonce, "60")]
    for number, (line, words) in enumerate(zip(lines[1:-2], probes, strict=True)):
        name, _, rest = line.partition(" ")
        assert name == "Ask"
        assert [units(word) for word in arguments(rest)] == [units(word) for word in (str(number), *words)]
