"""What is certain at a place of the script: that the engine is no older than something, that the language is not constrained, that a
command is there.

A *guard* is a statement that leaves (``throw``, ``return``) unless its condition holds, or a branch of ``if``. Conditions that count:

- ``(Get-EngineVersion).Major -lt 3`` and ``-ge 3``: the version of Windows PowerShell (instead of the number a function's parameter, which
  then counts as what its call gives: ``Assert-Version 3 'the registry'``);
- ``$ExecutionContext.SessionState.LanguageMode`` compared with ``'FullLanguage'`` by ``-ceq`` or ``-cne``;
- ``Get-Command 'Name' -ErrorAction SilentlyContinue``, alone, with ``-not``, or compared with ``$null``: the command.

They count through ``-not``, ``-and``, ``-or``, through a variable that the script sets once and outside of functions, and through a function
that is one condition. A function whose own guards throw is a guard where it is called; the collector has two, ``Assert-Full 'what'`` and
``Assert-Version 3 'what'``, which throw ``Unsupported``. What holds at every call of a function holds in it. A function that is named in a
string, to be called by that name later, counts as called where the string stands: none of these facts changes while the text runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from tree_sitter import Node

from vmready.lint.script import Command, Function, Script, bare, core, literal, text_of, unwrapped, variable

Facts = frozenset[str]
NOTHING: Facts = frozenset()
FULL = "full"
OLDER = ("2.0", "3.0", "4.0")


def not_version(version: str) -> str:
    """The fact that the engine is newer than that version."""
    return f"not {version}"


def has_command(name: str) -> str:
    return f"command {name.casefold()}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is certain when a condition holds, and what when it does not."""

    true: Facts = NOTHING
    false: Facts = NOTHING

    def inverse(self) -> Outcome:
        return Outcome(self.false, self.true)


def _from(major: int) -> Facts:
    return frozenset(not_version(version) for version in OLDER if int(version[0]) < major)


@lru_cache(maxsize=1)
def guards_of(script: Script) -> Guards:
    """The guards of a script; those of the last one are kept, since several rules ask."""
    return Guards(script)


class Guards:
    """The facts at each place of a script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._commands = {command.node.id: command for command in script.commands}
        self._exits: dict[tuple[str, tuple[str, ...]], Facts] = {}
        self._bound: dict[str, str] = {}
        self._locals: dict[int, Facts] = {}
        self._entries = self._find_entries()

    def at(self, node: Node) -> Facts:
        """What is certain where ``node`` runs."""
        function = self._script.function_of(node)
        entry = NOTHING if function is None else self._entries.get(function.key, NOTHING)
        return entry | self._local(node)

    def calls(self, name: str) -> list[Command]:
        return [command for command in self._script.commands if command.key == name]

    def _find_entries(self) -> dict[str, Facts]:
        """What holds at every call of a function: a greatest fixed point from "everything" down."""
        script = self._script
        everything = frozenset({FULL, *map(not_version, OLDER), *(has_command(c) for c in self._guarded_names())})
        called: dict[str, list[tuple[Function | None, Facts]]] = {}
        places = [(command.key, command.node) for command in script.commands]
        places += [((literal(node) or "").casefold(), node) for node in script.of("string_literal")]
        for key, node in places:
            if key in script.functions:
                called.setdefault(key, []).append((script.function_of(node), self._local(node)))
        entries = {key: everything if key in called else NOTHING for key in script.functions}
        changed = True
        while changed:
            changed = False
            for key, calls in called.items():
                now = entries[key]
                for caller, local in calls:
                    now &= local | (NOTHING if caller is None else entries[caller.key])
                if now != entries[key]:
                    entries[key], changed = now, True
        return entries

    def _guarded_names(self) -> list[str]:
        return [literal(element) or "" for command in self.calls("get-command") for element in command.elements]

    def _local(self, node: Node) -> Facts:
        """What the statements before ``node`` in its own function, and the branches around it, make certain."""
        if node.id not in self._locals:
            self._locals[node.id] = self._find_local(node)
        return self._locals[node.id]

    def _find_local(self, node: Node) -> Facts:
        facts = NOTHING
        inside = node
        for above in self._script.ancestors(node):
            if above.type == "function_statement":
                break
            if above.type == "statement_list":
                for statement in above.named_children:
                    if statement.start_byte >= inside.start_byte:
                        break
                    facts |= self._after(statement)
            elif above.type == "if_statement":
                facts |= self._branch(above, inside)
            elif above.type == "elseif_clause" and inside.type == "statement_block":
                facts |= self._outcome(self._condition(above)).true
            elif above.type in {"logical_expression", "logical_argument_expression"}:
                facts |= self._beside(above, inside)
            inside = above
        return facts

    def _beside(self, expression: Node, inside: Node) -> Facts:
        """``A -and B``: A holds where B runs; ``A -or B``: it does not."""
        parts = expression.children
        if len(parts) != 3 or parts[2].id != inside.id:
            return NOTHING
        left = self._outcome(parts[0])
        return (
            left.true
            if text_of(parts[1]).casefold() == "-and"
            else left.false
            if text_of(parts[1]).casefold() == "-or"
            else NOTHING
        )

    @staticmethod
    def _condition(statement: Node) -> Node | None:
        return next((child for child in statement.named_children if child.type != "statement_block"), None)

    def _branch(self, statement: Node, inside: Node) -> Facts:
        first = self._outcome(self._condition(statement))
        if inside.type == "statement_block":
            return first.true
        facts = NOTHING
        if inside.type in {"elseif_clauses", "else_clause"}:
            facts |= first.false
        if inside.type == "else_clause":
            for clauses in statement.named_children:
                if clauses.type == "elseif_clauses":
                    for clause in clauses.named_children:
                        facts |= self._outcome(self._condition(clause)).false
        return facts

    def _after(self, statement: Node) -> Facts:
        """What is certain once a statement has run to its end."""
        statement = core(statement)
        if statement.type == "if_statement":
            kinds = [child.type for child in statement.named_children]
            block = next(child for child in statement.named_children if child.type == "statement_block")
            if "elseif_clauses" not in kinds and "else_clause" not in kinds and self._leaves(block):
                return self._outcome(self._condition(statement)).false
        if statement.type == "assignment_expression":
            statement = core(statement.named_children[-1])
        command = self._commands.get(statement.id)
        if command is not None and not command.operator and command.key in self._script.functions:
            return self._exit(command)
        return NOTHING

    def _exit(self, call: Command) -> Facts:
        """What is certain when a function has come back: its own guards, as far as they throw."""
        function = self._script.functions[call.key]
        given = () if call.parameters else tuple(text_of(element) for element in call.elements)
        if (call.key, given) not in self._exits:
            self._exits[call.key, given] = NOTHING  # a function that calls itself adds nothing
            before, self._bound = self._bound, dict(zip(function.parameters, given, strict=False))
            facts = NOTHING
            for statement in self._statements(function):
                inner = core(statement)
                if inner.type == "if_statement" and not self._throws(inner):
                    continue
                facts |= self._after(inner)
            self._bound = before
            self._exits[call.key, given] = facts
        return self._exits[call.key, given]

    def _statements(self, function: Function) -> list[Node]:
        for node in self._script.within(function.node):
            if node.type == "statement_list":
                return list(node.named_children)
        return []

    @staticmethod
    def _last(block: Node) -> Node | None:
        lists = [child for child in block.named_children if child.type == "statement_list"]
        statements = (
            [child for child in lists[0].named_children if child.type not in {"comment", "empty_statement"}]
            if lists
            else []
        )
        return core(statements[-1]) if statements else None

    def _leaves(self, block: Node) -> bool:
        last = self._last(block)
        return last is not None and last.type == "flow_control_statement"

    def _throws(self, statement: Node) -> bool:
        block = next(child for child in statement.named_children if child.type == "statement_block")
        last = self._last(block)
        return (
            last is not None and last.type == "flow_control_statement" and text_of(last).casefold().startswith("throw")
        )

    def _outcome(self, condition: Node | None) -> Outcome:
        if condition is None:
            return Outcome()
        node = unwrapped(condition)
        children = node.children
        if node.type == "expression_with_unary_operator" and text_of(children[0]).casefold() in {"-not", "!"}:
            return self._outcome(children[1]).inverse()
        if node.type in {"logical_expression", "logical_argument_expression"} and len(children) == 3:
            left, right = self._outcome(children[0]), self._outcome(children[2])
            if text_of(children[1]).casefold() == "-and":
                return Outcome(left.true | right.true, left.false & right.false)
            if text_of(children[1]).casefold() == "-or":
                return Outcome(left.true & right.true, left.false | right.false)
        if node.type in {"comparison_expression", "comparison_argument_expression"} and len(children) == 3:
            return self._compared(core(children[0]), text_of(children[1]).casefold(), core(children[2]))
        if node.type == "variable":
            return self._held(variable(node) or "")
        command = self._commands.get(node.id)
        if command is not None:
            return self._called(command)
        return Outcome()

    def _compared(self, left: Node, operator: str, right: Node) -> Outcome:
        number = self._bound.get(variable(right) or "", text_of(right))
        if text_of(left).casefold() == "(get-engineversion).major" and number.isdecimal():
            major = int(number)
            if operator == "-lt":
                return Outcome(false=_from(major))
            if operator == "-ge":
                return Outcome(true=_from(major))
        mode = text_of(left).casefold().removeprefix("[string]") == "$executioncontext.sessionstate.languagemode"
        if mode and literal(right) == "FullLanguage":
            outcome = Outcome(true=frozenset({FULL}))
            return outcome if operator == "-ceq" else outcome.inverse() if operator == "-cne" else Outcome()
        if text_of(left).casefold() == "$null" and operator in {"-eq", "-ne"}:
            there = self._outcome(right)
            return there.inverse() if operator == "-eq" else there
        return Outcome()

    @cached_property
    def _variables(self) -> dict[str, list[tuple[Node, Node]]]:
        """Where each variable is set, and to what."""
        found: dict[str, list[tuple[Node, Node]]] = {}
        for left, _, right in self._script.assignments:
            found.setdefault(bare(variable(left) or ""), []).append((left, right))
        return found

    def _held(self, name: str) -> Outcome:
        """A variable that is set once, outside of functions."""
        found = self._variables.get(bare(name), [])
        if len(found) == 1 and self._script.function_of(found[0][0]) is None:
            return self._outcome(found[0][1])
        return Outcome()

    def _called(self, command: Command) -> Outcome:
        if command.key == "get-command":
            names = [name for element in command.elements if (name := literal(element)) and "-" in name]
            return Outcome(true=frozenset(map(has_command, names)))
        function = self._script.functions.get(command.key)
        statements = [] if function is None else self._statements(function)
        if len(statements) == 1:
            statement = core(statements[0])
            if statement.type == "flow_control_statement" and text_of(statement).casefold().startswith("return"):
                return self._outcome(statement.named_children[0]) if statement.named_children else Outcome()
            return self._outcome(statement)
        return Outcome()
