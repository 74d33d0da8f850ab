"""Careful use of accounts: a wrong password must not be sent by thirty-two threads at once, nor again and again.

The first use of an account goes alone; once a host accepted it, the others follow. A host that rejected a credential never gets it again,
and an account that was rejected by several hosts is used no more in this run. A domain account is one account everywhere; a local one is
another on every host, even where the name is the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vmready.model import CredentialReference, Host
from vmready.remote.deadline import Deadline
from vmready.remote.errors import AccountRefused, AccountStopped, WrongPassword, clean, where
from vmready.remote.negotiate import Turn

#: After so many rejections an account is used no more.
MAX_REJECTIONS = 3

_TICK = 0.25


@dataclass(slots=True)
class _Account:
    """``proven``: the credential references with which a host accepted it. Two references may well lead to two passwords."""

    proven: set[CredentialReference | None] = field(default_factory=set)
    in_use: bool = False
    rejected_by: set[str] = field(default_factory=set)


def account_of(host: Host) -> tuple[str, ...]:
    """What tells the account from others: a domain account by its name, a local one by its host as well."""
    name = host.username.casefold()
    domain, backslash, user = name.partition("\\")
    if "@" in name and not backslash:
        return ("domain", name)
    if backslash and domain not in {"", ".", host.name.casefold(), host.address.casefold()}:
        return ("domain", name)
    return ("local", _endpoint(host), user if backslash else name)


def _endpoint(host: Host) -> str:
    # Tunnels end at one address: port and path tell their hosts apart.
    return f"{host.address.casefold()} {host.port} {host.path}"


class AccountGate:
    """Shared by all threads of a run; see :class:`~vmready.remote.negotiate.CredentialGate`."""

    def __init__(self, max_rejections: int = MAX_REJECTIONS) -> None:
        self._max = max_rejections
        self._accounts: dict[tuple[str, ...], _Account] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, host: Host, deadline: Deadline) -> Iterator[Turn]:
        """Wait until the host's account may be used for it. Raises ``AccountStopped``, ``TimedOut`` or ``Interrupted``."""
        account, alone = self._enter(host, deadline)
        turn = Turn()
        try:
            yield turn
        finally:
            with self._changed:
                if alone:
                    account.in_use = False
                if turn.accepted:
                    account.proven.add(host.credential)
                elif turn.accepted is False:
                    account.rejected_by.add(_endpoint(host))
                self._changed.notify_all()

    def _enter(self, host: Host, deadline: Deadline) -> tuple[_Account, bool]:
        with self._changed:
            account = self._accounts.setdefault(account_of(host), _Account())
            while True:
                self._check(account, host)
                if host.credential in account.proven:
                    return account, False
                if not account.in_use:
                    account.in_use = True
                    return account, True
                deadline.check(host, "waiting for the first use of its account to end")
                self._changed.wait(min(_TICK, deadline.remaining()))

    def _check(self, account: _Account, host: Host) -> None:
        user = clean(host.username)
        if _endpoint(host) in account.rejected_by:
            raise AccountStopped(
                f"{where(host)} has refused the password of “{user}” before in this run: it is not sent again."
            )
        if len(account.rejected_by) >= self._max:
            raise AccountStopped(
                f"“{user}” was refused by {len(account.rejected_by)} hosts and is used no more in this run, so that it is not "
                f"locked; {where(host)} was not asked."
            )

    def explain(self, host: Host, error: WrongPassword) -> WrongPassword | AccountRefused:
        """A refusal by one host of an account that others accepted with the same credential is no wrong password."""
        with self._changed:
            account = self._accounts.get(account_of(host))
            if account is None or host.credential not in account.proven:
                return error
        return AccountRefused(f"{where(host)} refuses “{clean(host.username)}”, which other hosts accept.")
