"""Text that tries to leave its string, for tests of what is sent to a host.

PowerShell takes U+2018 to U+201B for ``'``, U+201C to U+201E for ``"`` and U+2013 to U+2015 for ``-``; a backtick escapes, ``$(`` evaluates, an empty
line ends what is read from standard input.
"""

import struct

from hypothesis import strategies as st

HOSTILE = [
    "'",
    "''",
    "'; Stop-Computer; '",
    "\u2018\u2019\u201a\u201b",
    "x\u2019; Stop-Computer; \u2018",
    '"\u201c\u201d\u201e',
    "\u2013Force \u2014Force \u2015Force",
    "-Force",
    "`'",
    "`",
    "$(Stop-Computer)",
    "${env:Path}",
    "@args",
    "#",
    "<# #>",
    "a\nStop-Computer\n",
    "a\r\n\r\nStop-Computer",
    "\u0085\u2028\u2029",
    "\0",
    "\x1a",
    "\ufeff",
    "^",
    "^0027",
    "^^",
    "^00",
    "\ud800",
    "\udc00\ud800",
    "\ud83d",
    "\U0001f600",
    "\U0010ffff",
    "\u212a\u0131\u017f",
    "\t",
    "\x7f",
    "",
    " ",
    "--%",
    "@'\n'@",
    "|;&><",
    "%PATH%!x!",
]

#: Any text, lone surrogates included, with a liking for what PowerShell treats specially.
texts = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text(
        st.sampled_from(
            "'`\"$(){}@#^\r\n\0 \u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2013\u2014\u2015-;|&<>%!\ud800\udfff0027AFaf"
        )
    ),
    st.sampled_from(HOSTILE),
)


def units(text: str) -> tuple[int, ...]:
    """UTF-16 code units: what a PowerShell string is made of."""
    data = text.encode("utf-16-le", "surrogatepass")
    return struct.unpack(f"<{len(data) // 2}H", data)
