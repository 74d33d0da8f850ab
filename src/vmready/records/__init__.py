"""The twenty records of Microsoft's troubleshooter for Update Management, as it would have made them for the same host.

Pure: answers in, records out. The troubleshooter's decisions are reproduced with what is wrong in them; nothing here judges a host. What
Windows or PowerShell does in odd cases was seen in runs of the troubleshooter and stands where it counts.
"""

from __future__ import annotations
