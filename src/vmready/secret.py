"""A secret in memory that does not get out by accident: not by printing, formatting, logging, pickling, copying or JSON."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn, SupportsIndex, final

_SHOWN = "<secret>"


@final
class Secret:
    """A password. Only ``reveal()`` gives it, to be called where it goes into an authentication and nowhere else.

    ``str``, ``repr`` and ``format`` give ``<secret>``; pickling and copying raise TypeError, as ``json.dumps`` does by itself. It has no
    length, no hash and no order; ``==`` takes the same time wherever two secrets differ.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self.__text

    def __repr__(self) -> str:
        return _SHOWN

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, specification: str) -> str:
        return format(_SHOWN, specification)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, others = (secret.reveal().encode("utf-8", "surrogatepass") for secret in (self, other))
        return hmac.compare_digest(mine, others)

    __hash__ = None  # type: ignore[assignment]  # no key of a dictionary, whose repr and order would follow from it

    def __init_subclass__(cls, **_: Any) -> NoReturn:
        raise TypeError("Secret is not subclassed: a subclass could print it")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")

    def __copy__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
