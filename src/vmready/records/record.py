"""A record, in the troubleshooter's field names and order, full and compact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why

PASSED, WARNED, FAILED = "Passed", "PassedWithWarning", "Failed"
#: An argument is text or a number; the list itself may be missing (null), which is not an empty list.
Arguments = tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Record:
    """One of the records. ``message_id`` is made of the rule's id, the result and sometimes a reason."""

    rule: str
    group: str
    name: str
    group_name: str
    description: str
    result: str
    message: str
    message_id: str
    arguments: Arguments

    def full(self) -> dict[str, Any]:
        return {
            "RuleId": self.rule,
            "RuleGroupId": self.group,
            "RuleName": self.name,
            "RuleGroupName": self.group_name,
            "RuleDescription": self.description,
            "CheckResult": self.result,
            "CheckResultMessage": self.message,
            "CheckResultMessageId": self.message_id,
            "CheckResultMessageArguments": None if self.arguments is None else list(self.arguments),
        }

    def compact(self) -> dict[str, Any]:
        whole = self.full()
        names = ("RuleId", "RuleGroupId", "CheckResult", "CheckResultMessageId", "CheckResultMessageArguments")
        return {name: whole[name] for name in names}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to: its result, the reason that its message id ends in, its message and its arguments.

    ``description``: where it differs from the rule's own (it names an endpoint, or is empty).
    """

    result: str
    message: str
    arguments: Arguments = ()
    reason: str = ""
    description: str | None = None


class NotTold(Exception):
    """The snapshot does not tell what the troubleshooter would have seen. ``str()`` says why."""


class NoRecord(Exception):
    """The troubleshooter makes no record of this rule. ``str()`` says why."""


#: Error ids of our own collector: they say nothing of what a cmdlet would have met.
_OWN = frozenset(
    {
        "",
        "Malformed",
        "ProbeLeftEarly",
        "NotWritable",
        "UnknownVerb",
        "NotAllowed",
        "BadArgument",
        "BudgetSpent",
        "Unsupported",
    }
)


def seen(answer: Answer[Any] | None) -> Any:
    """What the troubleshooter would have read: the value, or None where the thing is absent or refuses itself to it as it did to us.

    Raises NotTold where our reading failed for a reason of its own (not collected, out of time, not possible in this language mode).
    """
    match answer:
        case Observed(value):
            return value
        case Unreadable(why):
            if refused(why):
                return None
            raise NotTold(str(why))
    return None


def refused(why: Why) -> bool:
    """Whether the host itself refused or failed, so that any other program would have met the same."""
    if why.reason is Reason.DENIED:
        return True
    if why.reason is Reason.UNSUPPORTED and why.id.startswith("CommandNotFound"):
        return True
    return why.reason is Reason.FAILED and why.id.partition(",")[0] not in _OWN
