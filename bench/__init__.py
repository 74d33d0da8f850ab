"""What vmready costs: requests on the wire, CPU, wall time and memory, each against something plain in the same run.

``python -m bench`` runs all five, ``python -m bench requests cpu`` some. Everything is played on loopback by twins in a process of their own,
so that a client's CPU is the client's. Machines differ and are busy: ratios within one run say something, seconds alone do not.
"""
