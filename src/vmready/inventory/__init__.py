"""Which hosts are looked at, how each is reached and what is said of it.

``load`` reads inventory files (YAML, JSON, or an executable that prints JSON), ``parse_hosts_option`` and ``select`` understand the
options of a command line, ``limit`` picks hosts, ``check_credentials`` says before the first connection which references lead nowhere.
Whatever is wrong is an :class:`InventoryError` that names all of it, one line each.
"""

from vmready.inventory.credentials import at_terminal, check_credentials
from vmready.inventory.error import InventoryError
from vmready.inventory.inputs import KNOWN_INPUTS
from vmready.inventory.limit import bound_roles, limit
from vmready.inventory.load import Inventory, Location, load, schema
from vmready.inventory.option import HostsOption, Selection, parse_hosts_option, select
from vmready.inventory.url import host_from_url
from vmready.inventory.value import parse_credential, parse_fingerprint, parse_inputs, parse_roles

__all__ = [
    "KNOWN_INPUTS",
    "HostsOption",
    "Inventory",
    "InventoryError",
    "Location",
    "Selection",
    "at_terminal",
    "bound_roles",
    "check_credentials",
    "host_from_url",
    "limit",
    "load",
    "parse_credential",
    "parse_fingerprint",
    "parse_hosts_option",
    "parse_inputs",
    "parse_roles",
    "schema",
    "select",
]
