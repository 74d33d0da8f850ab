"""Evidence: the ledger of a run, the run as it is read back from it, the gate, and one writer per report."""
