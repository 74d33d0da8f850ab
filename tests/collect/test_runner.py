"""Asking many hosts: every job comes back exactly once, and what happens on one host touches no other."""

from __future__ import annotations

import _thread
import threading
import time
from dataclasses import replace

import pytest
from loopback_hosts import PASSWORD, Collector, Script, entry, secret, twin

from vmready.collect.runner import Collected, Job, collect
from vmready.model import Fault, Tls
from vmready.probes.script import collector_text
from vmready.probes.vocabulary import Service, System
from vmready.remote.deadline import Deadline
from vmready.remote.errors import CredentialUnavailable
from vmready.remote.winrm import RetryPolicy, open_connection
from vmready.twin.execution import Execution
from vmready.twin.faults import parse_faults

FIRST = (System().text, Service("WinRM").text)
QUICK = RetryPolicy(pause=0.05)


def gather(jobs: list[Job], **settings: object) -> dict[str, Collected]:
    found = list(collect(jobs, resolve_secret=lambda host: secret(), retries=QUICK, **settings))
    assert len(found) == len(jobs)
    return {collected.host.name: collected for collected in found}


def fleet(serve, count: int, **settings: object):
    return serve(*(twin(f"web-{n:02}", f"127.0.9.{n}", machine=Collector(), **settings) for n in range(1, count + 1)))


def test_one_round_brings_an_answer_for_every_question(serve, authority):
    server = serve(twin(machine=Collector()))
    collected = gather([Job(entry(server, authority), FIRST)])["web-01"]
    assert collected.cause is None
    assert set(collected.answers) == {1}
    assert list(collected.answers[1]) == list(FIRST)
    assert collected.answers[1][Service("WinRM").text]["value"] == ["service", "WinRM"]
    assert collected.mode == "FullLanguage"
    assert abs(collected.clock_difference) < 5
    assert collected.started <= collected.finished
    assert collected.figures.total_requests == server.counts("web-01").total_requests == 7
    assert collected.figures.shell_deleted


def test_the_collector_goes_before_its_calls_and_a_second_round_uses_the_same_shell(serve, authority):
    scripts = []

    class Recording(Collector):
        def execute(self, command_line: str, stdin: bytes) -> Execution:
            scripts.append(stdin.decode("ascii"))
            return super().execute(command_line, stdin)

    server = serve(twin(machine=Recording()))
    seen = []

    def more(answers):
        seen.append(dict(answers))
        return (Service("TermService").text,)

    collected = gather([Job(entry(server, authority), FIRST, more)])["web-01"]
    assert collected.cause is None
    assert list(seen[0]) == list(FIRST)
    assert list(collected.answers[2]) == [Service("TermService").text]
    assert all(text.startswith(collector_text() + "Begin ") for text in scripts)
    counts = server.counts("web-01")
    assert (counts.total_requests, counts.shells_opened, counts.open_shells) == (10, 1, 0)
    nonces = {text.rsplit("Begin ", 1)[1].split()[1] for text in scripts}
    assert len(nonces) == 2


def test_the_collectors_budget_follows_from_the_hosts_time(serve, authority):
    slow, quick = Collector(), Collector()
    server = serve(twin("web-01", "127.0.9.1", machine=slow), twin("web-02", "127.0.9.2", machine=quick))
    gather(
        [
            Job(entry(server, authority, "web-01", seconds=600), FIRST),
            Job(entry(server, authority, "web-02", seconds=10), FIRST),
        ]
    )
    assert slow.budgets == [120]
    assert 1 <= quick.budgets[0] <= 6


def test_threads_are_bounded_and_every_host_comes_back(serve, authority):
    server = fleet(serve, 12)
    at_once = []
    lock = threading.Lock()

    def change(document):
        with lock:
            at_once.append(sum(t.name.startswith("vmready-collect") for t in threading.enumerate()))

    for n in range(1, 13):
        server.fleet.by_name[f"web-{n:02}"].spec.machine.change = change
    events = []
    jobs = [Job(entry(server, authority, f"web-{n:02}"), FIRST) for n in range(1, 13)]
    found = gather(jobs, concurrency=3, on_progress=lambda host, what: events.append((host.name, what)))
    assert all(collected.cause is None for collected in found.values())
    assert max(at_once) <= 3
    assert sorted(events) == sorted((f"web-{n:02}", what) for n in range(1, 13) for what in ("started", "finished"))


def test_no_jobs_is_no_work():
    assert list(collect([], resolve_secret=lambda host: secret())) == []


def test_a_host_without_a_credential_says_so_and_the_others_go_on(serve, authority):
    server = fleet(serve, 2)

    def resolve(host):
        if host.name == "web-01":
            raise CredentialUnavailable("The variable AUDIT_PASSWORD is not set.")
        return secret()

    jobs = [Job(entry(server, authority, f"web-{n:02}"), FIRST) for n in (1, 2)]
    found = {c.host.name: c for c in collect(jobs, resolve_secret=resolve)}
    assert found["web-01"].cause.code == "credential"
    assert found["web-01"].cause.message == "The variable AUDIT_PASSWORD is not set."
    assert server.counts("web-01").connections == 0
    assert found["web-02"].cause is None


def test_a_resolver_that_breaks_tells_nothing_of_what_it_read(serve, authority):
    server = fleet(serve, 1)

    def resolve(host):
        raise RuntimeError(f"read {PASSWORD}")

    (collected,) = collect([Job(entry(server, authority, "web-01"), FIRST)], resolve_secret=resolve)
    assert collected.cause.code == "credential"
    assert PASSWORD not in repr(collected)


def test_a_follow_up_that_fails_is_a_defect_of_that_host_alone(serve, authority):
    server = fleet(serve, 2)

    def broken(answers):
        raise ZeroDivisionError(PASSWORD)

    jobs = [
        Job(entry(server, authority, "web-01"), FIRST, broken),
        Job(entry(server, authority, "web-02"), FIRST),
    ]
    found = gather(jobs)
    assert found["web-01"].cause.code == "internal-error"
    assert PASSWORD not in repr(found["web-01"])
    assert found["web-02"].cause is None
    assert server.counts("web-01").open_shells == 0


def test_a_second_round_that_fails_keeps_the_first(serve, authority):
    server = serve(
        twin(machine=Collector(), faults=parse_faults([{"kind": "shells-gone", "at": "command", "request": 2}]))
    )
    collected = gather([Job(entry(server, authority), FIRST, lambda answers: FIRST)])["web-01"]
    assert collected.cause.code == "shell-vanished"
    assert set(collected.answers) == {1}
    assert collected.figures.shell_deleted


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda document: document["answers"].append(document["answers"][0]), "answers one question twice"),
        (lambda document: document["answers"].append({"id": "99"}), "answers what was not asked"),
        (lambda document: document["answers"].append({"id": "-1"}), "answers what was not asked"),
        (lambda document: document["answers"].append("x"), "answers what was not asked"),
        (lambda document: document.update(answers={}), "has no list of answers"),
        (lambda document: document.update(nonce="other"), "answers another question"),
        (lambda document: document.update(round=2), "another round"),
    ],
    ids=["twice", "unasked", "negative", "no-object", "no-list", "nonce", "round"],
)
def test_a_document_that_answers_something_else_is_refused(serve, authority, change, words):
    server = serve(twin(machine=Collector(change)))
    collected = gather([Job(entry(server, authority), FIRST)])["web-01"]
    assert collected.cause.code == "collector-damaged"
    assert words in collected.cause.message
    assert collected.answers == {}


def test_an_unanswered_question_is_left_out(serve, authority):
    server = serve(twin(machine=Collector(lambda document: document["answers"].pop())))
    collected = gather([Job(entry(server, authority), FIRST)])["web-01"]
    assert collected.cause is None
    assert list(collected.answers[1]) == [FIRST[0]]


@pytest.mark.parametrize(
    ("execution", "code", "words"),
    [
        (Execution(b"", b"At line:1 ParserError \x1b[31m: oops", 1), "collector-not-run", "ParserError [31m: oops"),
        (
            Execution(b"", b"FullyQualifiedErrorId : ScriptContainedMaliciousContent", 1),
            "collector-blocked",
            "antimalware",
        ),
        (Execution(b"", b"", 0), "collector-cut-off", "exit code 0"),
        (Execution(b"Access is denied.\r\n", b"", 5), "collector-not-run", "exit code 5"),
        (
            Execution(
                b"", b'#< CLIXML\r\n<Objs><S S="progress">x</S><S S="Error">no &lt;way&gt;_x000D__x000A_</S></Objs>', 1
            ),
            "collector-not-run",
            "PowerShell said: no <way>",
        ),
    ],
    ids=["parse-error", "antimalware", "nothing", "exit-code", "clixml"],
)
def test_what_powershell_said_explains_a_missing_answer(serve, authority, execution, code, words):
    server = serve(twin(machine=Script(lambda stdin: execution)))
    cause = gather([Job(entry(server, authority), FIRST)])["web-01"].cause
    assert cause.code == code
    assert words in cause.message
    assert cause.fault is Fault.HOST
    assert cause.message.isprintable()


def test_the_clock_of_a_host_is_told(serve, authority):
    def ahead(document):
        document["started"] = document["finished"] = "2031-01-01T00:00:00.000Z"

    server = serve(twin(machine=Collector(ahead)))
    assert gather([Job(entry(server, authority), FIRST)])["web-01"].clock_difference > 3600


def test_the_runs_deadline_leaves_no_host_out_and_says_why(serve, authority):
    server = serve(*(twin(f"web-{n:02}", f"127.0.9.{n}", machine=Collector(seconds=30)) for n in range(1, 5)))
    jobs = [Job(entry(server, authority, f"web-{n:02}"), FIRST) for n in range(1, 5)]
    found = gather(jobs, concurrency=2, run_deadline=2.0)
    assert {collected.cause.code for collected in found.values()} == {"run-deadline"}
    assert {collected.cause.fault for collected in found.values()} == {Fault.RUN}
    assert all(server.counts(name).open_shells == 0 for name in found)


def test_a_host_that_takes_too_long_costs_only_itself(serve, authority):
    server = serve(
        twin("web-01", "127.0.9.1", machine=Collector(seconds=30)), twin("web-02", "127.0.9.2", machine=Collector())
    )
    jobs = [Job(entry(server, authority, name, seconds=2.0), FIRST) for name in ("web-01", "web-02")]
    found = gather(jobs)
    assert found["web-01"].cause.code == "timed-out"
    assert found["web-02"].cause is None
    assert server.counts("web-01").open_shells == 0


def test_a_stop_gives_every_host_back_and_deletes_the_shells(serve, authority):
    server = serve(*(twin(f"web-{n:02}", f"127.0.9.{n}", machine=Collector(seconds=60)) for n in range(1, 7)))
    stop = threading.Event()
    waiting = []

    def progress(host, what):
        waiting.append(what)

    def stopper():
        while sum(server.counts(f"web-{n:02}").open_shells for n in range(1, 7)) < 3:
            time.sleep(0.02)
        stop.set()

    thread = threading.Thread(target=stopper)
    thread.start()
    jobs = [Job(entry(server, authority, f"web-{n:02}"), FIRST) for n in range(1, 7)]
    found = gather(jobs, concurrency=3, stop=stop, on_progress=progress)
    thread.join()
    assert {collected.cause.code for collected in found.values()} == {"interrupted"}
    assert all(server.counts(name).open_shells == 0 for name in found)
    assert sum(server.counts(name).connections > 0 for name in found) == 3


def test_ctrl_c_gives_every_host_back_and_then_goes_on(serve, authority):
    server = serve(*(twin(f"web-{n:02}", f"127.0.9.{n}", machine=Collector(seconds=60)) for n in range(1, 5)))

    def interrupt():
        while server.counts("web-01").open_shells + server.counts("web-02").open_shells < 2:
            time.sleep(0.02)
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    jobs = [Job(entry(server, authority, f"web-{n:02}"), FIRST) for n in range(1, 5)]
    found = []
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        found.extend(collect(jobs, resolve_secret=lambda host: secret(), concurrency=2))
    thread.join()
    assert {collected.host.name: collected.cause.code for collected in found} == {
        f"web-{n:02}": "interrupted" for n in range(1, 5)
    }
    assert all(server.counts(f"web-{n:02}").open_shells == 0 for n in range(1, 5))


def test_a_connection_that_is_kept_can_get_more_time(serve, authority):
    server, now = serve(), [0.0]
    connection = open_connection(entry(server, authority), secret(), deadline=Deadline(10, clock=lambda: now[0]))
    connection.run_script(b"1")
    now[0] = 11.0
    connection.renew(Deadline(10))
    assert connection.run_script(b"2").stdout == b"read 2"
    connection.close()
    assert server.counts("web-01").connections == 1


def test_a_caller_that_stops_asking_leaves_nothing_running(serve, authority):
    server = serve(
        twin("web-01", "127.0.9.1", machine=Collector()), twin("web-02", "127.0.9.2", machine=Collector(seconds=60))
    )
    found = collect(
        [Job(entry(server, authority, name), FIRST) for name in ("web-01", "web-02")],
        resolve_secret=lambda host: secret(),
    )
    assert next(found).host.name == "web-01"
    found.close()
    assert not any(thread.name.startswith("vmready-collect") for thread in threading.enumerate())
    assert server.counts("web-02").open_shells == 0


# --- accounts


def test_a_wrong_local_password_is_sent_once_to_each_host(serve, authority):
    server = fleet(serve, 5)
    jobs = [Job(entry(server, authority, f"web-{n:02}"), FIRST) for n in range(1, 6)]
    found = {c.host.name: c for c in collect(jobs, resolve_secret=lambda host: secret("wrong"))}
    assert {collected.cause.code for collected in found.values()} == {"wrong-password"}
    assert all(server.counts(name).rejected_logons == 1 for name in found)


@pytest.mark.parametrize("way", ["ntlm-https", "ntlm-sealed", "basic-https"])
def test_a_wrong_domain_password_stops_after_three(serve, authority, way):
    server = fleet(serve, 8)
    jobs = [Job(entry(server, authority, f"web-{n:02}", way, username="CONTOSO\\auditor"), FIRST) for n in range(1, 9)]
    found = {c.host.name: c for c in collect(jobs, resolve_secret=lambda host: secret("wrong"), concurrency=8)}
    codes = sorted(collected.cause.code for collected in found.values())
    assert codes == ["account-stopped"] * 5 + ["wrong-password"] * 3
    assert sum(server.counts(name).rejected_logons for name in found) == 3


def test_an_account_that_works_is_used_by_all_at_once_and_a_refusal_is_told_as_such(serve, authority):
    server = serve(
        *(twin(f"web-{n:02}", f"127.0.9.{n}", machine=Collector()) for n in range(1, 5)),
        twin("web-05", "127.0.9.5", accounts=()),
    )
    jobs = [Job(entry(server, authority, f"web-{n:02}", username="CONTOSO\\auditor"), FIRST) for n in range(1, 6)]
    found = gather(jobs, concurrency=1)
    assert found["web-05"].cause.code == "account-refused"
    assert all(found[f"web-{n:02}"].cause is None for n in range(1, 5))


def test_two_entries_of_one_machine_send_a_wrong_password_once(serve, authority):
    server = fleet(serve, 1)
    host = entry(server, authority, "web-01")
    jobs = [Job(host, FIRST), Job(replace(host, name="alias"), FIRST)]
    found = {c.host.name: c.cause.code for c in collect(jobs, resolve_secret=lambda host: secret("wrong"))}
    assert sorted(found.values()) == ["account-stopped", "wrong-password"]
    assert server.counts("web-01").rejected_logons == 1


def test_hosts_that_are_down_do_not_hold_up_the_account(serve, authority):
    """The account is only waited for where a credential is about to be sent."""
    server = serve(
        *(twin(f"web-{n:02}", f"127.0.9.{n}", faults=parse_faults([{"kind": "refused"}])) for n in range(1, 5)),
        twin("web-05", "127.0.9.5", machine=Collector()),
    )
    jobs = [Job(entry(server, authority, f"web-{n:02}", username="CONTOSO\\auditor"), FIRST) for n in range(1, 6)]
    found = gather(jobs)
    assert {found[f"web-{n:02}"].cause.code for n in range(1, 5)} == {"refused"}
    assert found["web-05"].cause is None


def test_a_pinned_certificate_that_differs_gets_no_credential(serve, authority):
    server = fleet(serve, 1)
    host = entry(server, authority, "web-01", "basic-https", tls=Tls(fingerprint="0" * 64))
    collected = gather([Job(host, FIRST)])["web-01"]
    assert collected.cause.code == "tls-fingerprint"
    assert server.counts("web-01").total_requests == 0
