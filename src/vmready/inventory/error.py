"""The one error of this package."""

from __future__ import annotations

from vmready.declared import DeclarationError, Problem


class InventoryError(DeclarationError):
    """An inventory, or an option that stands in for one, cannot be used. ``str()`` is one line per problem."""


def option_error(option: str, message: str) -> InventoryError:
    """The error about one option of the command line."""
    return InventoryError([Problem(message, option)])
