# Everything works from a fresh clone with Python 3.11, 3.12 or 3.13 and make; `make PYTHON=/path/to/python3.12 ...` names one.

.DEFAULT_GOAL := help
.PHONY: run test check bench eval approve mutants faults fuzz train fmt clean help

BIN := .venv/bin
SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
# The system's own comes first: distributions build it with profile-guided optimisation, a tenth less CPU than without.
PYTHON ?= /usr/bin/python3 python3 python3.13 python3.12 python3.11

# Folders of labelled articles to train on; by default those beside the check-out, where there are any.
SETS ?= $(wildcard ../shared/eval/data/*)

run: .venv/.run-stamp ## start a local Kafka and the service, publish the sample articles, show their alerts
	@$(BIN)/python -m streams.demo

test: .venv/.dev-stamp ## run all tests, those on a local Kafka included; core covered whole, the rest to 95 %
	@$(BIN)/python -m pytest -m "not faults" --cov --cov-report=term:skip-covered --cov-fail-under=95
	@$(BIN)/coverage report --include='streams/core/*' --fail-under=100 --format=total > /dev/null || \
		{ echo 'streams/core is not covered whole: see the report above' >&2; exit 1; }

check: .venv/.dev-stamp ## run what CI runs: formatting, lint, types, import contracts, schemas, all tests
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/lodestream schemas check
	@$(MAKE) --no-print-directory test

bench: .venv/.dev-stamp ## measure side by side with peers: prints a table, writes build/bench.json
	@$(BIN)/python -m tests.bench.run

eval: .venv/.dev-stamp ## measure quality on labelled articles against targets and the last results; UPDATE=1 accepts new ones
	@$(BIN)/lodestream evaluate $(if $(UPDATE),--update)
	@$(if $(UPDATE),$(BIN)/lodestream evaluate --update --sets tests/sets > /dev/null)

approve: .venv/.dev-stamp ## accept what the core now makes of invented articles: tests/approved/results.tsv shows what changed
	@$(BIN)/python -m tests.approved.results

mutants: .venv/.dev-stamp ## change the core in small ways and see whether its tests notice; MODULES="classify minerals", COUNT=200, SEED=4
	@MODULES='$(MODULES)' COUNT='$(COUNT)' SEED='$(SEED)' $(BIN)/python -m tests.mutation.run

faults: .venv/.dev-stamp ## kill, freeze and cut off workers and brokers under load: nothing may be lost or told twice; SEED=1
	@$(BIN)/python -m tests.faults.run $(if $(SEED),--seed $(SEED))

fuzz: .venv/.dev-stamp ## fuzz parsers and stages, FUZZ_SECONDS=60 for each target: nothing may raise, hang or grow
	@$(BIN)/python -m tests.fuzz.run

train: .venv/.dev-stamp ## train the models on the folders of labelled articles in SETS
	@$(BIN)/python -m streams.training $(SETS)

fmt: .venv/.dev-stamp ## format the code and mend what lint can mend
	@$(BIN)/ruff check --fix --quiet --exit-zero
	@$(BIN)/ruff format

clean: ## stop the local Kafka; remove the environment, caches and whatever else was made here
	@if [ -x $(BIN)/lodestream ]; then $(BIN)/lodestream broker stop > /dev/null 2>&1 || true; fi
	@rm -rf .venv build *.egg-info .lodestream .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The development lock holds the same versions as the other one and more, so it serves `run` too.
.venv/.run-stamp: requirements.lock pyproject.toml | $(BIN)/pip
	$(call install,requirements.lock)
	@touch $@

.venv/.dev-stamp: requirements-dev.lock pyproject.toml | $(BIN)/pip
	$(call install,requirements-dev.lock)
	@touch .venv/.run-stamp $@

define install
	@echo 'Installing $(1) into .venv'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endef

$(BIN)/pip:
	@for python in $(PYTHON); do \
		if $$python -c '$(SUITABLE)' 2> /dev/null; then exec $$python -m venv --clear .venv; fi; \
	done; \
	echo 'lodestream needs Python 3.11, 3.12 or 3.13 with its venv module (on Debian: apt install python3-venv); name one: make PYTHON=...' >&2; \
	exit 1
