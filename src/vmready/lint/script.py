"""A PowerShell script as the rules see it: its tree, and what is called, read, written and named in it.

The tree is tree-sitter-powershell's. In it an expression is wrapped in one node for every level of precedence; :func:`core` goes through
them to the node that says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_powershell.language()))
_NUMBER = re.compile(r"-?[0-9]")


def text_of(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def core(node: Node) -> Node:
    """The innermost node with the same extent that says what the expression is; a command stays one."""
    while node.named_child_count == 1 and node.type != "command":
        child = node.named_children[0]
        if child.start_byte != node.start_byte or child.end_byte != node.end_byte:
            break
        node = child
    return node


def unwrapped(node: Node) -> Node:
    """As :func:`core`, through round brackets as well."""
    node = core(node)
    while node.type == "parenthesized_expression" and node.named_child_count == 1:
        node = core(node.named_children[0])
    return node


def literal(node: Node) -> str | None:
    """The text of a string that holds nothing to expand, or of a bare word; None for everything else."""
    node = core(node)
    text = text_of(node)
    if node.type == "verbatim_string_characters":
        return text[1:-1].replace("''", "'")
    if node.type == "expandable_string_literal" and not node.named_children:
        return text[1:-1]
    if node.type in {"generic_token", "command_name", "simple_name"}:
        return text
    return None


def variable(node: Node) -> str | None:
    """The name of a variable without ``$``, scope kept, in lower case; None for everything else."""
    node = core(node)
    if node.type == "braced_variable":
        return text_of(node)[2:-1].casefold()
    return text_of(node)[1:].casefold() if node.type == "variable" and text_of(node)[0] in "$@" else None


def bare(name: str) -> str:
    """A variable's name without its scope."""
    return name.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Parameter:
    """``-Name value`` of a command. ``value`` is the element that follows, whether or not the parameter takes it."""

    name: str
    node: Node
    value: Node | None
    attached: bool  # -Name:value


@dataclass(frozen=True, slots=True)
class Command:
    """A command call. ``name`` is None where it is not written out (``& $verb``)."""

    node: Node
    name: str | None
    operator: str
    target: Node
    parameters: tuple[Parameter, ...]
    elements: tuple[Node, ...]

    @property
    def key(self) -> str:
        """The name in lower case without its module."""
        return (self.name or "").rpartition("\\")[2].casefold()

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name.casefold() == name.casefold()), None)


@dataclass(frozen=True, slots=True)
class Member:
    """``target.name``, ``[type]::name``, with ``arguments`` where it is called. ``name`` is None where it is computed."""

    node: Node
    target: Node
    static: bool
    name: str | None
    arguments: tuple[Node, ...] | None

    @property
    def type(self) -> str | None:
        """The type of a static member as written."""
        target = core(self.target)
        return type_name(target) if target.type == "type_literal" else None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the script. ``parameters`` in lower case, in order."""

    node: Node
    name: str
    parameters: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.name.casefold()


def type_name(node: Node) -> str:
    """``[System.Foo[]]`` as ``System.Foo[]``."""
    return re.sub(r"\s", "", text_of(node))[1:-1]


class Script:
    """A parsed script. Every query is in the order of the text."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.lines = data.decode("utf-8", "replace").split("\n")
        self.root = _PARSER.parse(data).root_node
        self.nodes: dict[str, list[Node]] = {}
        self._parents: dict[int, Node] = {}
        pending = [self.root]
        while pending:
            node = pending.pop()
            self.nodes.setdefault(node.type, []).append(node)
            children = node.children
            for child in reversed(children):
                self._parents[child.id] = node
                pending.append(child)

    def of(self, *types: str) -> list[Node]:
        found = [node for name in types for node in self.nodes.get(name, ())]
        return found if len(types) == 1 else sorted(found, key=lambda node: (node.start_byte, -node.end_byte))

    def parent(self, node: Node) -> Node | None:
        return self._parents.get(node.id)

    def ancestors(self, node: Node) -> Iterator[Node]:
        """From the parent outwards."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def outer(self, node: Node) -> Node:
        """The outermost node with the same extent, below a statement list."""
        while (above := self.parent(node)) is not None and (above.start_byte, above.end_byte) == (
            node.start_byte,
            node.end_byte,
        ):
            if above.type in {"statement_list", "program"}:
                break
            node = above
        return node

    def within(self, node: Node) -> Iterator[Node]:
        """The node and everything below it."""
        pending = [node]
        while pending:
            below = pending.pop()
            yield below
            pending.extend(reversed(below.children))

    @cached_property
    def functions(self) -> dict[str, Function]:
        """By name in lower case; of two of one name the later, as in PowerShell."""
        return {function.key: function for function in self.function_list}

    @cached_property
    def function_list(self) -> list[Function]:
        found = []
        for node in self.of("function_statement"):
            name = next(text_of(child) for child in node.children if child.type == "function_name")
            found.append(Function(node, name, tuple(self._parameters(node))))
        return found

    def _parameters(self, function: Node) -> Iterator[str]:
        for child in function.children:
            if child.type == "function_parameter_declaration":
                yield from self._parameter_names(child)
            if child.type == "script_block":
                for block in child.children:
                    if block.type == "param_block":
                        yield from self._parameter_names(block)

    def _parameter_names(self, declaration: Node) -> Iterator[str]:
        for node in declaration.children:
            if node.type == "parameter_list":
                for parameter in node.children:
                    if parameter.type == "script_parameter":
                        name = next(child for child in parameter.children if child.type == "variable")
                        yield bare(variable(name) or "")

    def function_of(self, node: Node) -> Function | None:
        """The function that a node stands in."""
        for above in self.ancestors(node):
            if above.type == "function_statement":
                return next((f for f in self.function_list if f.node.id == above.id), None)
        return None

    @cached_property
    def commands(self) -> list[Command]:
        found = [self._command(node) for node in self.of("command")]
        # A number or range at the head of a statement ("1..3") is read as a command by the grammar.
        return [command for command in found if command.operator or not _NUMBER.match(command.name or "")]

    def _command(self, node: Node) -> Command:
        operator, name, target = "", None, node
        parameters: list[Parameter] = []
        elements: list[Node] = []
        for child in node.children:
            if child.type == "command_invokation_operator":
                operator = text_of(child).strip()
            elif child.type in {"command_name", "command_name_expr"}:
                target = child
                name = literal(child)
            elif child.type == "command_elements":
                self._elements(child, parameters, elements)
        return Command(node, name, operator, target, tuple(parameters), tuple(elements))

    @staticmethod
    def _elements(node: Node, parameters: list[Parameter], elements: list[Node]) -> None:
        attached = False
        for child in node.children:
            if child.type == "command_argument_sep":
                attached = text_of(child).strip() == ":"
            elif child.type == "command_parameter":
                parameters.append(Parameter(text_of(child).lstrip("-"), child, None, False))
            else:
                last = parameters[-1] if parameters else None
                if (
                    last is not None
                    and last.value is None
                    and not (elements and elements[-1].start_byte > last.node.start_byte)
                ):
                    parameters[-1] = Parameter(last.name, last.node, child, attached)
                elements.append(child)

    @cached_property
    def members(self) -> list[Member]:
        """Every use of a member, calls included."""
        found = []
        for node in self.of("member_access", "invokation_expression", "invokation_foreach_expression"):
            children = node.children
            static = any(child.type == "::" for child in children)
            name_node = next((child for child in children if child.type == "member_name"), None)
            name = None if name_node is None else literal(name_node)
            arguments: tuple[Node, ...] | None = None
            if node.type == "invokation_foreach_expression":
                name, arguments = "ForEach", ()
            elif node.type == "invokation_expression":
                arguments = tuple(self._arguments(children))
            found.append(Member(node, children[0], static, name, arguments))
        return found

    @staticmethod
    def _arguments(children: list[Node]) -> Iterator[Node]:
        for child in children:
            if child.type == "argument_list":
                for inner in child.named_children:
                    yield from inner.named_children if inner.type == "argument_expression_list" else [inner]

    @cached_property
    def assignments(self) -> list[tuple[Node, str, Node]]:
        """Left side, operator, right side."""
        found = []
        for node in self.of("assignment_expression"):
            children = node.named_children
            if len(children) == 3:
                found.append((core(children[0]), text_of(children[1]).strip(), children[2]))
        return found

    @cached_property
    def comparisons(self) -> list[tuple[Node, str, Node, Node]]:
        """Left side, operator in lower case, right side, the operator's node."""
        found = []
        for node in self.of("comparison_expression", "comparison_argument_expression"):
            children = node.named_children
            if len(children) == 3:
                found.append((core(children[0]), text_of(children[1]).casefold(), core(children[2]), children[1]))
        return found
