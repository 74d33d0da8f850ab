"""From selected requirements to snapshots: what to ask which host, asking it, and keeping what it answered."""
