"""Files in which users declare things (inventories, waivers): read with the line of every key, checked against a schema.

``read`` and ``parse`` give a :class:`Declaration` (plain values, positions, and the problems found while reading); ``problems`` checks it
against a JSON Schema and says each deviation with file, line, dotted key and the nearest valid key. Everything wrong with a file is
said at once.
"""

from vmready.declared.declaration import Declaration, parse, without
from vmready.declared.file import read, text_of
from vmready.declared.problem import DeclarationError, Path, Position, Problem, did_you_mean, nearest, shown
from vmready.declared.schema import Explanation, found, problems

__all__ = [
    "Declaration",
    "DeclarationError",
    "Explanation",
    "Path",
    "Position",
    "Problem",
    "did_you_mean",
    "found",
    "nearest",
    "parse",
    "problems",
    "read",
    "shown",
    "text_of",
    "without",
]
