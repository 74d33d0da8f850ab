# vmready: `make demo` and `make test` are all a newcomer needs.
# Where no package index can be reached: make demo WHEELHOUSE=DIR (README, "Closed networks").

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WHEELHOUSE ?=
PWSH ?=
STATES ?=
COUNT ?= 1000
MODULES ?=

ifneq ($(WHEELHOUSE),)
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(abspath $(WHEELHOUSE))
endif

.PHONY: demo test slow lint engine mutants bench clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/vmready demo

test: $(VENV)/.installed
	$(BIN)/pytest tests -m "not slow and not engine and not browser"

slow: $(VENV)/.installed
	$(BIN)/pytest tests -m "slow or browser"

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m vmready.lint

# The collector on a real PowerShell engine: make engine PWSH=/path/to/pwsh [STATES=DIR] [COUNT=1000]
engine: $(VENV)/.installed
	$(BIN)/python tests/powershell/engine.py $(if $(PWSH),--pwsh $(PWSH)) $(if $(STATES),--states $(STATES)) --count $(COUNT)

# Mutants of every requirement, fact and rule of the records: make mutants [MODULES="dot_net test_virtual_desktop_agent"]
mutants: $(VENV)/.mutants
	$(BIN)/python tests/mutants/mutants.py $(MODULES)

bench: $(VENV)/.installed
	$(BIN)/python -m bench

$(VENV)/.installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "python3 is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1): apt-get install python3.11-venv, then make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@command -v git >/dev/null 2>&1 || { echo "git is missing: apt-get install git"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' || { echo "The packages could not be installed. Without a package index: make $(MAKECMDGOALS) WHEELHOUSE=DIR (README, Closed networks)"; exit 1; }
	@touch $@

$(VENV)/.mutants: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mutants]' || { echo "cosmic-ray could not be installed. Without a package index: make mutants WHEELHOUSE=DIR"; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
