"""The vocabulary of read-only probes, their answers, and the collector that carries them out on a host."""
