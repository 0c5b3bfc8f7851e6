# The two commands: `make up` and `make test`. Everything that they need is installed by them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
BIN := .venv/bin
# Compiled is what is imported, when it is: most of the SDK never is, and to compile all of it takes longer
# than to install it.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
STACK ?= dev
# Every command starts several Pythons; each would compile the program and the pack anew.
unexport PYTHONDONTWRITEBYTECODE
LOCAL := $(BIN)/python -m local exec --
CACHE := $(or $(HEIIKI_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/heiiki)
# Namespaces, mounts and loop devices take root. The caches stay those of who asks.
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo --preserve-env=HOME,HEIIKI_HOME,HEIIKI_CACHE,XDG_CACHE_HOME,PATH)
# What the branch coverage of the pure rooms is counted over; counting slows all that runs under it.
PURE_TESTS := tests/spec tests/plan tests/machines

.PHONY: help here up down status cluster cluster-rotate cluster-down test lint types types-program types-pack collected tools pure rest unit engine-tests docs golden bench peers clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "heiiki needs Python 3.11 or newer; give it as PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	@echo "$(CURDIR)" > $@

here: # the scripts of a virtual environment name the place where it was made
	@if [ -s .venv/.made ] && [ "$$(cat .venv/.made)" != "$(CURDIR)" ]; then \
	  echo ".venv was made in $$(cat .venv/.made); run \`make clean\`, then the same again"; exit 1; fi

.venv/.local: requirements.txt requirements-local.txt constraints.txt pyproject.toml | here .venv/.made
	@echo "installing the program and the embedded AWS into .venv"
	$(PIP) -r requirements-local.txt
	$(PIP) --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.local requirements-dev.txt
	@echo "installing what tests need into .venv"
	$(PIP) -r requirements-dev.txt
	@touch $@

up: .venv/.local ## Create the dev stack on the embedded AWS; a second time, nothing changes
	$(LOCAL) $(BIN)/heiiki up --stack $(STACK) --yes

down: .venv/.local ## Remove it, and show that the embedded AWS is empty
	$(LOCAL) $(BIN)/heiiki destroy --stack $(STACK) --yes --disable-protection
	$(BIN)/python -m local down --check-empty

status: .venv/.local ## Say what runs
	$(BIN)/python -m local status

cluster: .venv/.local ## Boot the example self-hosted for real: etcd, controllers, workers; needs root
	@mkdir -p "$${HEIIKI_HOME:-.heiiki}" # not root's: other commands write there too
	$(BIN)/python -m local engine
	$(BIN)/python -m local.carry_in --programs > /dev/null
	$(AS_ROOT) $(BIN)/python -m local.cluster up

cluster-rotate: .venv/.local ## Rotate every authority and key of it, and ask it all the while
	$(AS_ROOT) $(BIN)/python -m local.cluster rotate

cluster-down: ## Remove it, with all that was made for it
	@if [ -x $(BIN)/python ]; then $(AS_ROOT) $(BIN)/python -m local.cluster down; fi

test: lint types pure rest ## Everything that CI runs

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m docs.generate --check

# Two at once: each keeps one processor busy. What mypy knows of libraries is kept where the engine
# is, so that another clone does not find it out anew; it compares contents, not paths.
types: .venv/.dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types-program types-pack collected

types-program:
	MYPY_CACHE_DIR=$(CACHE)/mypy/program $(BIN)/mypy spec plan machines components automation local bench docs __main__.py

types-pack:
	cd policies && MYPY_CACHE_DIR=$(CACHE)/mypy/pack ../$(BIN)/mypy --config-file ../pyproject.toml rules model sources proof iam evidence analyzer.py __main__.py prove.py

# A test that cannot be read is told of now. And what pytest compiles of the tests is there for the
# processes that run them, of which each would compile all of it anew in a new clone.
collected: .venv/.dev
	@said=$$($(BIN)/pytest --collect-only tests) || { sed -n '/^=* ERRORS/,$$p' <<< "$$said"; exit 1; }

tools: .venv/.dev
	$(BIN)/python -m tests.tools

pure: tools
	$(BIN)/pytest -n 2 -m counted --cov --cov-report= $(PURE_TESTS)
	$(BIN)/python -m tests.branch_coverage

# In one run, and more at once than there are processors: what is short fills the gaps that the engine
# leaves, whose parts wait for one another.
rest: tools
	$(BIN)/python -m local engine
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not counted" tests

unit: tools ## All tests but the engine's
	$(BIN)/pytest -n 2 -m "not engine"

engine-tests: tools ## The tests that drive the real engine
	$(BIN)/python -m local engine
	$(BIN)/pytest -n 2 --dist loadfile -m engine

docs: .venv/.dev ## Write the generated pages anew
	$(BIN)/python -m docs.generate

golden: .venv/.dev ## Write the golden files anew; review them as the effect of a change
	UPDATE_GOLDEN=1 $(BIN)/pytest tests/program tests/machines tests/automation/test_diff.py \
	  tests/policies/test_docs.py

bench: .venv/.dev ## Measure preview, up, memory and growth, and the proof
	$(BIN)/python -m bench

peers: .venv/.dev ## Show Checkov and cfn-lint every mutation, and write what they find
	$(BIN)/python -m bench.peers

clean: ## Stop the embedded AWS and remove everything that was made here
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local.cluster down || true; $(BIN)/python -m local.machines down --all || true; $(BIN)/python -m local down || true; fi
	rm -rf .venv .heiiki .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage *.egg-info
