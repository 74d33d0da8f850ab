"""What is observed of a host, by example: waivers bind to it, so it must say what deviates and nothing that changes by itself."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.front_door_suites import FRONT_DOOR

from .harness import judged
from .tables import ALL
from .tables import OBSERVED as OF_TABLES

STACK = {"listener": "rdp-sxs260209400", "SessionDirectoryListener": "rdp-sxs240705700"}
#: Tables of examples name theirs as ``OBSERVED``.
OBSERVED: dict[tuple[str, str], Any] = {
    **OF_TABLES,
    ("VD-01", "stopped"): {"state": 1, "start": 2, "stayed": False},
    ("VD-02", "registered, and the token was used up"): {"IsRegistered": 1, "RegistrationToken": "empty"},
    ("VD-02", "1, but a token is left"): {"IsRegistered": 1, "RegistrationToken": "text"},
    ("VD-02", "the agent was removed, and has left its keys"): {
        "IsRegistered": 1,
        "RegistrationToken": "empty",
        "agent": "not installed",
    },
    ("VD-04.BrokerURI", "the agent was removed, and has left its keys"): {"agent": "not installed"},
    ("VD-05", "the agent was removed"): {"agent": "not installed"},
    ("VD-05", "the agent does not run"): {"agent": "stopped"},
    ("VD-15", "both name a listener that is gone"): {
        "listener": "rdp-sxs260209400",
        "SessionDirectoryListener": "rdp-sxs260209400",
        "configured": False,
    },
    ("VD-25", "the agent was removed, and has left its report"): {"agent": "not installed"},
    ("VD-02", "no token at all"): {"IsRegistered": 1, "RegistrationToken": None},
    ("VD-03.INVALID_REGISTRATION_TOKEN", "since the start"): {"error": "fresh"},
    ("VD-04.BrokerURI", "healthy"): {"outcome": "healthy"},
    ("VD-05", "nothing of it"): {"error": "none"},
    ("VD-05", "before the start"): {"error": "past"},
    ("VD-06", "since the start"): {"error": "fresh"},
    ("VD-07", "since the start"): {"error": "fresh"},
    ("VD-08", "since the start"): {"error": "fresh"},
    ("VD-09", "since the start"): {"error": "fresh", "causes": 0},
    ("VD-09", "listener and registration explain it"): {"error": "fresh", "causes": 2},
    ("VD-10", "always turned off"): {"DisableMSI": 2, "msiserver": 3, "error": "none"},
    ("VD-11", "DisableCMD is 1"): {"S-1-5-18": 1, "error": "none"},
    ("VD-12", "rdp-tcp is not listed"): {"rdp-tcp": False, "side-by-side": True},
    ("VD-15", "an earlier listener"): STACK,
    ("VD-16", "less than 5 %"): {"error": "none", "short": True},
    ("VD-16", "since the start"): {"error": "fresh"},
    ("VD-17", "since the start"): {"release": 461814, "error": "fresh"},
    ("VD-17", "too old a .NET counts whether or not the log is read"): {"release": 394271},
    ("VD-18", "no loader"): {"missing": ["Remote Desktop Agent Boot Loader"]},
    ("VD-19", "a newer installer that was not installed"): {"disagreements": 1, "pinned": False},
    ("VD-19", "a version is pinned, and it is another listener's, and a later one waits"): {
        "disagreements": 2,
        "pinned": True,
    },
    ("VD-19", "a version is pinned"): {"disagreements": 1, "pinned": True},
    ("VD-20", "none"): {"connected": False},
    ("VD-21", "Pro"): {"edition": "Professional", "build": 26100},
    ("VD-22.service", "the hosts file gives an address to another name of its domain"): {
        "hosts file": ["10.0.0.9 rdgateway-x.wvd.microsoft.com"]
    },
    ("VD-22.login", "reached"): {"login.microsoftonline.com:443": "direct"},
    ("VD-22.login", "dropped"): {"login.microsoftonline.com:443": "not reached"},
    ("VD-23", "Windows' own list"): {"usable": list(FRONT_DOOR)},
    ("VD-23", "DHE only"): {"usable": ["TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"]},
    ("VD-24", "under LocalSystem's other name"): {"S-1-5-18": None, ".DEFAULT": 1},
    ("VD-25", "two"): {"failed": ["DomainTrustCheck", "TURNRelayAccessHealthCheck"]},
    ("VD-26", "a stopped service"): ["the service RDAgentBootLoader"],
    ("VD-27", "an update's"): {"unclassified": ["WVD-Agent 3389"]},
    ("GA-12.80", "dropped"): {"outcome": "timeout"},
    ("GA-12.443", "open, for once"): {"outcome": "connected"},
    ("GA-15", "DHCP and a DNS server"): {"dhcp": True, "dns": True},
    ("GA-15", "no DNS server"): {"dhcp": True, "dns": False},
    ("GA-20", "no rule of the kind"): {"blocked by": []},
    ("GA-21", "no route at all"): {
        "problems": ["there is no route to 168.63.129.16", "there is no route to 169.254.169.254"]
    },
    ("BK-14", "App Control enforces"): {"applocker": ["there are no rules for programs"], "app control": 2},
    ("BK-14", "blocked, and the policy may not be read"): {"applocker": None, "app control": 0},
    ("BK-15", "DHCP, and its service runs"): {"dhcp": True, "option 245": ["168.63.129.16"], "DHCPStatus": "Succeeded"},
    ("BK-21.writers", "all stable"): {"writers": 3, "failed": []},
    ("BK-21.VSS", "disabled"): {"start": 4},
}


@pytest.mark.parametrize(("item", "title"), list(OBSERVED), ids=str)
def test_observed(item: str, title: str) -> None:
    (example,) = (e for e in ALL if (e.item, e.title) == (item, title))
    assert judged(example).observed == OBSERVED[item, title]
