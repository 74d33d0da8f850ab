"""One account named with two credential references: what one of them proves says nothing of the other."""

from __future__ import annotations

import threading

from audits import GOOD

from vmready.collect.runner import Job, collect
from vmready.model import CredentialReference, Host, Tls
from vmready.secret import Secret
from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.collection import DeclaredMachine
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.states import State

RIGHT, WRONG = "Correct-Horse-7!", "Wrong-Horse-7!"


def test_a_wrong_password_is_called_one_although_another_reference_was_accepted_elsewhere() -> None:
    account = Account.with_password("CONTOSO\\auditor", RIGHT)
    names = [f"web-{number:02}" for number in range(8)]
    with Authority() as authority:
        hosts = [
            TwinHost(name, DeclaredMachine(State.of(GOOD)), (account,), f"127.0.23.{number}")
            for number, name in enumerate(names, 1)
        ]
        with TwinServer(hosts, authority) as server:
            jobs = [
                Job(
                    Host(
                        name,
                        f"127.0.23.{number}",
                        server.https_port,
                        username="CONTOSO\\auditor",
                        credential=CredentialReference("env", "WRONG" if number > 2 else "RIGHT"),
                        tls=Tls(ca_file=str(authority.ca_file)),
                    ),
                    [],
                )
                for number, name in enumerate(names, 1)
            ]
            done = {
                one.host.name: "" if one.cause is None else one.cause.code
                for one in collect(
                    jobs,
                    resolve_secret=lambda host: Secret(
                        WRONG if host.credential == CredentialReference("env", "WRONG") else RIGHT
                    ),
                    stop=threading.Event(),
                )
            }
            rejected = sum(server.counts(name).rejected_logons for name in names)
    # The first use of each reference goes alone, so never more wrong passwords are sent than the account is allowed.
    assert rejected == 3
    assert set(done.values()) <= {"", "wrong-password", "account-stopped"}, done
    assert sorted(done.values()).count("wrong-password") == 3
