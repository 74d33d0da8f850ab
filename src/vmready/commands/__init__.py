"""The bodies of ``vmready``'s commands; :mod:`vmready.cli` only names them."""
