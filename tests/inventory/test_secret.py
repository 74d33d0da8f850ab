"""A secret does not get out by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
from dataclasses import asdict, dataclass

import pytest

from vmready.secret import Secret

CANARY = "c4nary-pw"


SHOWN = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "pprint": pprint.pformat,
    "format": "{}".format,
    "format of repr": "{!r:>40}".format,
    "f-string": lambda secret: f"{secret}",
    "f-string with width": lambda secret: f"{secret:>20}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
    "in a list": lambda secret: str([secret, {"password": secret}]),
    "in an exception": lambda secret: str(ValueError(secret)),
    "dir": dir,
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_it_is_not_shown(show: object) -> None:
    shown = str(show(Secret(CANARY)))  # type: ignore[operator]
    assert CANARY not in shown


def test_it_says_what_it_is() -> None:
    assert f"{Secret(CANARY)}" == "<secret>"


def test_it_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("signing in with %s", Secret(CANARY))
    assert "<secret>" in caplog.text
    assert CANARY not in caplog.text


@dataclass
class Holder:
    secret: Secret


KEPT = {
    **{f"pickle {p}": lambda secret, p=p: pickle.dumps(secret, p) for p in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "JSON": json.dumps,
    "JSON in a mapping": lambda secret: json.dumps({"a": secret}),
    "asdict": lambda secret: asdict(Holder(secret)),
    "hash": hash,
    "len": len,
    "iter": iter,
    "vars": vars,
    "concatenation": lambda secret: secret + "x",
    "state": lambda secret: secret.__getstate__(),
}


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_it_is_not_kept_elsewhere(keep: object) -> None:
    with pytest.raises(TypeError) as error:
        keep(Secret(CANARY))  # type: ignore[operator]
    assert CANARY not in str(error.value)


def test_it_is_equal_to_the_same_secret_only() -> None:
    assert Secret("päss\ud800") == Secret("päss\ud800")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_a_subclass_could_print_it() -> None:
    with pytest.raises(TypeError):
        type("Printing", (Secret,), {})


def test_it_is_revealed_on_purpose() -> None:
    assert Secret(CANARY).reveal() == CANARY
