"""What is observed of a host for Update Management and its successor, by item and title of the example."""

from __future__ import annotations

from typing import Any

FIRST, SECOND = "6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811", "0f0e0d0c-0b0a-4908-8706-050403020100"
AGENT_SERVICE = "agentsvc.azure-automation.net:443"
BY_DEFAULT = "left to the operating system, which enables it"
OBSERVED: dict[tuple[str, str], Any] = {
    ("UM-01", "Server 2019 without a desktop"): {"version": "10.0.17763", "kind": "Server Core"},
    ("UM-02", "Release as text, enough"): {"release": None},
    ("UM-03", "2.0 has only the old key"): {"version": "2.0"},
    ("UM-04", "several workspaces, one of them not reached"): {
        "reached": {f"{SECOND}.{AGENT_SERVICE}": "not reached", f"{FIRST}.{AGENT_SERVICE}": "direct"},
        "known_from": ["workspace: registry, cloud: registry"],
    },
    ("UM-04", "through the proxy of LocalSystem only"): {
        "reached": {f"{FIRST}.{AGENT_SERVICE}": "10.0.0.9:8080"},
        "known_from": ["workspace: registry, cloud: registry"],
    },
    ("UM-04", "the input tells the cloud"): {
        "reached": {f"{FIRST}.{AGENT_SERVICE}": "direct"},
        "known_from": ["workspace: registry, cloud: inputs"],
    },
    ("UM-04", "the input names the workspace where there is no agent yet"): {
        "reached": {f"{FIRST}.{AGENT_SERVICE}": "direct"},
        "known_from": ["workspace: inputs, cloud: inputs"],
    },
    ("UM-05", "answers HTTP 403: it is there"): {
        "reached": {"we-jobruntimedata-prod-su1.azure-automation.net:443": "direct"},
        "known_from": ["region: registry"],
    },
    ("UM-05", "the region's endpoint"): {
        "reached": {"we-jobruntimedata-prod-su1.azure-automation.net:443": "direct"},
        "known_from": ["region: inputs"],
    },
    ("UM-06", "hanging"): {"state": 3, "workspaces": 1},
    ("UM-06", "no agent"): {"state": None, "workspaces": 0},
    ("UM-07", "stopped"): {"registered": True, "last": 15004},
    ("UM-07", "never started"): {"registered": True, "last": None},
    ("UM-07", "not registered"): {"registered": False, "last": 15003},
    ("UM-08", "another module"): {"found": False},
    ("UM-08", "in German"): {"found": True},
    ("UM-09", "two workspaces"): {
        "agent": True,
        "workspaces": [SECOND, FIRST],
        "known_from": "registry",
        "wanted": None,
    },
    ("UM-09", "the agent was removed and has left its keys"): {
        "agent": False,
        "workspaces": [FIRST],
        "known_from": "registry",
        "wanted": None,
    },
    ("UM-09", "another one than the inventory names"): {
        "agent": True,
        "workspaces": [FIRST],
        "known_from": "registry",
        "wanted": SECOND,
    },
    ("UM-10", "Modify is enough"): {"access": "modify", "default": False},
    ("UM-11", "set to on"): {"client": "enabled", "server": BY_DEFAULT, "suites": 6},
    ("UM-11", "the server's side does not matter to an agent"): {
        "client": BY_DEFAULT,
        "server": "disabled",
        "suites": 6,
    },
    ("UM-12", "and installation is scheduled"): {"always": 1, "minutes": None, "options": 4},
    ("UM-12", "the minutes alone"): {"always": None, "minutes": 15, "options": None},
    ("UM-12", "text where a number belongs"): {
        "always": "REG_SZ '1' instead of a number",
        "minutes": None,
        "options": None,
    },
    ("UM-13", "set, but not in use"): {"state": "configured, but not in use", "server": "http://wsus.example:8530"},
    ("UM-14", "disabled beats scheduled"): {"no_auto_update": 1, "options": 4},
    ("UM-15", "dropped"): {
        "reached": {"we-jobruntimedata-prod-su1.azure-automation.net:443": "not reached"},
        "known_from": ["region: registry"],
    },
    ("UM-16", "a script of the connections' own"): {"LocalSystem's connections": "script"},
    ("UM-16", "auto-detection"): {},
    ("UM-16", "a proxy that does no harm"): {"WinHTTP": "10.0.0.9:8080"},
    ("UM-17", "refused"): {"straight": "HTTP 403", "answered": False},
    ("UM-17", "a proxy's page in the way"): {"straight": "HTTP 200", "answered": True},
    ("UM-18", "an odd start type"): {"start": 1},
    ("UM-21", "the agent is stopped"): {"state": "Disconnected", "decided": ["HealthService is stopped"]},
    ("UM-22", "all of them"): {"Failed": 1, "Passed": 19},
    ("UM-23.operating-system", "a client"): {"version": "10.0.17763", "kind": "Client"},
    ("UM-23.dot-net", "one less"): {"release": 378388},
    ("UM-23.tls", "disabled"): {"client": "disabled"},
    ("UM-23.agent", "one is stopped"): {"RdAgent": 1, "WindowsAzureGuestAgent": 4},
    ("UM-23.agent", "none is there"): {"RdAgent": None, "WindowsAzureGuestAgent": None},
    ("UM-23.agent", "Azure Arc's agent in their place"): {"himds": 4},
    ("UM-23.wire-server-80", "dropped"): {"outcome": "timeout"},
    ("UM-23.login", "through a proxy only"): {"login.microsoftonline.com:443": "10.0.0.9:8080"},
    ("UM-23.login", "dropped"): {"login.microsoftonline.com:443": "not reached"},
    ("UM-23.update-server", "it answers"): {"state": "effective", "server": "http://wsus.example:8530"},
    ("UM-23.update-service", "disabled"): {"start": 4},
    ("UM-23.extension", "installed"): {"states": ["Installed"], "folders": True},
    ("UM-23.extension", "not sent yet"): {"states": [], "folders": False},
    ("UM-23.restart", "forced"): {"always": 1},
    ("UM-23.automatic-updates", "disabled beats scheduled"): {"no_auto_update": 1, "options": 4},
    ("UM-23.microsoft-update", "registered, but switched off"): {"registered": 0},
    ("UM-23.proxy", "harmless"): {"proxies": ["WinHTTP"]},
    ("UM-23.retired-agent", "still there"): {"service": True, "workspaces": 1},
    ("UM-23.retired-agent", "gone"): {"service": False, "workspaces": 0},
    ("UM-23.control-plane", "always"): {"guest_agent": True},
}
