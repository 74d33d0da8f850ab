"""The twin: a WinRM server on loopback that plays Windows hosts for the demo and the tests.

This side of it is the wire: WS-Man, logons, TLS, faults. What a host answers to a command stands behind one protocol,
:class:`~vmready.twin.execution.Machine`.
"""
