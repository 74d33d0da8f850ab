"""What machines in Azure must look like: every requirement that the five documents make, one module per subject.

Run with ``pytest --pyargs tests_infra --hosts …``; a requirement's arguments are facts (``vmready.facts``), its decorator says where it comes from.
"""
