"""UM-22: the troubleshooter's records. What they say of which host is tested in tests/records."""

from __future__ import annotations

from vmready.model import Verdict

from .harness import Of, with_inputs
from .terms import endpoint, no_service

UM_22 = Of("UM-22", "update-management")
EUS2 = "eus2-jobruntimedata-prod-su1.azure-automation.net:443"
EXAMPLES = [
    UM_22("compliant", "all of them", Verdict.NOTED, "20 of 20 records are written"),
    UM_22.deviating(
        "the troubleshooter makes none for a failure whose text it does not know",
        "HttpsConnection: the troubleshooter makes no record",
        Verdict.NOTED,
        **endpoint(EUS2, tls={"error": "handshake"}),
    ),
    UM_22.absent(
        "without the agent there are records all the same", "20 of 20", Verdict.NOTED, **no_service("HealthService")
    ),
    UM_22.unreadable(
        "in Constrained Language Mode some cannot be told",
        "HttpsConnection cannot be told",
        Verdict.NOTED,
        os={"languageMode": "ConstrainedLanguage"},
    ),
    with_inputs(
        UM_22.trap("the location is said", Verdict.NOTED, "(location westeurope)"),
        automation_account_region="westeurope",
    ),
]
NOT_DECIDING = [("UM-22", "", "each rule stands alone, and one that cannot be told is said")]
