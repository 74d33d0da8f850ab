"""How ``report.html`` looks: appended to pytest-html's own style. Colours have a contrast of at least 4.5 : 1 on their ground."""

from __future__ import annotations

from vmready.model import Verdict

_COLOURS = {
    Verdict.NON_COMPLIANT: ("#8c1d18", "#fbe3e1"),
    Verdict.UNREACHABLE: ("#5b2a86", "#efe5f7"),
    Verdict.UNDETERMINED: ("#5b2a86", "#efe5f7"),
    Verdict.NOT_RUN: ("#5b2a86", "#efe5f7"),
    Verdict.WARNING: ("#6b4a00", "#fdf0cd"),
    Verdict.WAIVED: ("#0b4f6c", "#dff1f8"),
    Verdict.NOTED: ("#0b4f6c", "#dff1f8"),
    Verdict.NOT_APPLICABLE: ("#555555", "#efefef"),
    Verdict.COMPLIANT: ("#1b5e20", "#e4f3e5"),
}

_LAYOUT = """
body { min-width: 0; margin: 0 auto; padding: 0 24px 24px; max-width: 1500px; color: #222; font-size: 13px; line-height: 1.4; }
a { color: #0b4f6c; }
h1 { margin: 20px 0 4px; } details { margin: 14px 0; } summary { font-weight: bold; font-size: 14px; cursor: pointer; padding: 4px 0; }
.outcome { font-size: 16px; margin: 6px 0 10px; padding: 8px 12px; border-left: 6px solid; background: #f6f6f6; }
.outcome.good { border-color: #1b5e20; } .outcome.bad { border-color: #8c1d18; }
.totals { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0; }
.total { padding: 5px 10px; border-radius: 4px; cursor: pointer; user-select: none; }
.total b { font-size: 15px; } .total.none { opacity: .55; }
.chip { padding: 1px 7px; border-radius: 9px; white-space: nowrap; }
.known { margin: 8px 0; padding: 8px 8px 8px 28px; background: #fdf0cd; color: #4a3400; overflow-wrap: anywhere; }
.overview { width: 100%; } .overview td:first-child { width: 150px; } .overview td:nth-child(2) { width: 170px; }
 .overview td { padding: 4px 8px; border-top: 1px solid #e6e6e6; vertical-align: top; }
.items { font-weight: bold; } .detail { color: #444; overflow-wrap: anywhere; } .severity { color: #666; font-size: 11px; border: 1px solid #ccc;
  border-radius: 3px; padding: 0 4px; margin-left: 4px; white-space: nowrap; }
#results-table { color: #222; font-size: 13px; } #results-table td { vertical-align: top; overflow-wrap: anywhere; }
.col-verdict, .col-host, .col-id { white-space: nowrap; } .col-host, .col-id { font-variant-numeric: tabular-nums; }
.logwrapper { max-height: none; overflow: visible; background: #fafafa; } .logwrapper .logexpander { display: none; }
.logwrapper .log { top: 0; font-family: inherit; white-space: normal; padding: 6px 12px; background: #fafafa; border: 0; }
dl.finding { display: grid; grid-template-columns: max-content 1fr; gap: 3px 14px; margin: 0; }
dl.finding dt { color: #666; } dl.finding dd { margin: 0; overflow-wrap: anywhere; } dl.finding code { white-space: pre-wrap; }
"""

#: Only for the report that is ours: no column for pytest's outcome, the environment below the summary, groups of hosts.
_OURS = """
body { display: flex; flex-direction: column; } #environment-header { order: 8; } #environment { order: 9; }
.summary { display: block; } .summary__data { max-width: none; } .summary__spacer, .summary__reload, .run-count, .media { display: none; }
.controls, p.filter { color: #666; } #results-table { order: 5; margin-top: 14px; } footer { order: 10; }
#results-table th[data-column-type="result"], #results-table td.col-result { display: none; }
#results-table tbody:has(td.first-of-host) { border-top: 2px solid #bbb; }
"""


def style(*, ours: bool) -> str:
    """The style sheet. Hiding the rows of a verdict needs no script: the box that is not ticked decides."""
    rules = [_LAYOUT, _OURS if ours else ""]
    for verdict, (colour, ground) in _COLOURS.items():
        name = verdict.value.replace(" ", "-")
        rules.append(f".v-{name} {{ color: {colour}; background: {ground}; }}")
        rules.append(
            f"body:has(#show-{name}:not(:checked)) #results-table tbody:has(td.col-verdict.v-{name}) {{ display: none; }}"
        )
        rules.append(
            f"body:has(#show-{name}:not(:checked)) label.v-{name} {{ text-decoration: line-through; opacity: .6; }}"
        )
    return "\n".join(rules)
