"""What a hostile machine may send: text and values that try to leave the place that they are shown in."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

PAYLOADS = (
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload="window.pwned = 1">',
    "' onmouseover='window.pwned = 1' x='",
    "</td></tr></table><iframe src='javascript:window.pwned=1'></iframe>",
    "</style><script>window.pwned = 1</script>",
    "</script><script>window.pwned = 1</script>",
    "<a href='https://evil.example/'>click</a><link rel=stylesheet href='https://evil.example/x.css'>",
    "&lt;script&gt;window.pwned = 1&lt;/script&gt;",
    "{{ 7 * 7 }} {% raw %} ${window.pwned = 1} `window.pwned = 1`",
    "\x1b[2J\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x9b31m",
    "\u202eevil\u202c \u2066iso\u2069 zero\u200bwidth\u200d\ufeff \u2028line\u2029",
    "\ud800 lone \udfff surrogates \ufffe\uffff\x00\x08\x0b\x0c\x7f\x85",
    "]]> <![CDATA[ x ]]> <?xml version='1.0'?> <!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]> &x;",
    "../../../../etc/passwd %2e%2e%2f C:\\..\\..\\boot.ini",
    "[red]rich[/red] [link=file:///etc/passwd]x[/link] :bomb: \\[bold]",
    "`code` ``` | pipe | ![img](https://evil.example/x.png) [x](javascript:alert(1)) @everyone #1 *b* _i_",
    "Error line\nEverything\r\n| a | 9999 |\n## heading\n- item",
    "🏴\U000e0067\U000e0062 tag \U000e007f variation \ufe0f",
    "x" * 10_000,
    "\n" * 500,
    "=cmd|' /C calc'!A0",
)

texts = st.one_of(
    st.sampled_from(PAYLOADS),
    st.text(max_size=60),
    st.text(st.characters(categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs", "Mn")), max_size=40),
    st.builds("".join, st.lists(st.sampled_from(PAYLOADS[:18]), max_size=3)),
)
numbers = st.one_of(
    st.integers(),
    st.sampled_from([2**63, -(2**63) - 1, 2**64, 10**4000, -(10**400)]),
    st.floats(allow_nan=True, allow_infinity=True),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def deep(levels: int) -> object:
    """A value nested so deeply that a recursive reader breaks."""
    value: object = "bottom"
    for number in range(levels):
        value = [value] if number % 2 else {"a": value}
    return value


def harmless(text: str) -> bool:
    """No control, format, surrogate, private or unassigned characters: nothing that a terminal or a browser would obey."""
    return all(character == "\n" or unicodedata.category(character)[0] not in "C" for character in text)
