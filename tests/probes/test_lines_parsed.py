"""The lines as a PowerShell parser reads them: calls of Begin, Ask and Finish with single-quoted strings, and nothing else."""

import pytest
from hostile_text import HOSTILE, texts, units
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("tree_sitter_powershell", reason="tree-sitter-powershell is not installed")

from vmready.lint.script import Script, literal
from vmready.probes.lines import argument, arguments, calls
from vmready.probes.vocabulary import Events, RegistryKey

#: What a line may be made of. A variable, an operator, an expansion or a redirection is none of these.
NODES = {
    *(
        "program",
        "statement_list",
        "pipeline",
        "pipeline_chain",
        "command",
        "command_name",
        "command_elements",
        "command_argument_sep",
        " ",
    ),
    *("array_literal_expression", "unary_expression", "string_literal", "verbatim_string_characters"),
}


def read(text: str) -> list[tuple[str, list[str]]]:
    """Name and decoded arguments of each call, as parsed."""
    script = Script(text.encode("ascii"))
    assert not script.root.has_error
    assert set(script.nodes) <= NODES, set(script.nodes) - NODES
    found = []
    for command in script.commands:
        assert command.operator == ""
        assert command.parameters == ()
        strings = [literal(element) for element in command.elements]
        assert all(element.text is not None and element.text.startswith(b"'") for element in command.elements)
        # The parser's idea of each string is put back into the grammar and decoded by the project's reader.
        words = [arguments("'" + string + "'")[0] for string in strings if string is not None]
        assert len(words) == len(command.elements)
        found.append((command.name or "", words))
    return found


@given(st.lists(st.lists(texts, min_size=1, max_size=4), max_size=5), texts)
@example([HOSTILE[:4], HOSTILE[4:20], HOSTILE[20:]], "".join(HOSTILE))
def test_the_parser_finds_exactly_the_arguments(probes: list[list[str]], nonce: str):
    text = calls(1, nonce, 60, [" ".join(argument(word) for word in words) for words in probes])
    expected = [("Begin", ["1", nonce, "60"])]
    expected += [("Ask", [str(number), *words]) for number, words in enumerate(probes)]
    expected += [("Finish", [])]
    assert [(name, [units(word) for word in words]) for name, words in read(text)] == [
        (name, [units(word) for word in words]) for name, words in expected
    ]


@given(texts, texts)
def test_probes_of_the_vocabulary(path: str, name: str):
    probe = RegistryKey(path, values=(name,), equals=(name, path))
    [(_, words)] = [call for call in read(calls(1, "n", 1, [probe.text])) if call[0] == "Ask"]
    assert [units(word) for word in words] == [
        units(word) for word in ("0", "registry", path, f"value={name}", f"equals={name}", f"equals={path}")
    ]


def test_a_long_argument():
    path = "C:\\" + "\u201d'" * 50_000
    [_, (_, words), _] = read(calls(1, "n", 1, [Events(path).text]))
    assert units(words[2]) == units(path)
