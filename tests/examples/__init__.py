"""Examples of every requirement: declared hosts and the verdicts on them. One table a subject; ``harness.py`` says what an example is."""
