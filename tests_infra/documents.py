"""The documents that the requirements come from. ``GUEST_AGENT["Mitigation"]`` is a section of one."""

from __future__ import annotations

from vmready import Document

GUEST_AGENT = Document("GA", "Windows Azure Guest Agent – Windows Machines – Overview and Deep Dive")
GUEST_AGENT_BLOG = Document("GB", "Azure VM Guest Agent")
UPDATE_MANAGEMENT = Document(
    "UM",
    "Troubleshoot Windows update agent issues",
    "https://learn.microsoft.com/en-us/azure/automation/troubleshoot/update-agent-issues",
)
UPDATE_MANAGER = Document(
    "UM",
    "Prerequisites for Azure Update Manager",
    "https://learn.microsoft.com/en-us/azure/update-manager/prerequisites",
)
VIRTUAL_DESKTOP = Document(
    "VD",
    "Troubleshoot common Azure Virtual Desktop Agent issues",
    "https://learn.microsoft.com/en-us/azure/virtual-desktop/troubleshoot-agent",
)
BACKUP = Document(
    "BK",
    "Troubleshoot Azure Backup failure: Issues with the agent or extension",
    "https://learn.microsoft.com/en-us/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout",
)
