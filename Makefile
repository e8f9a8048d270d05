# Everything a contributor runs. `make` alone lists it.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
ARGS ?=
EDITS ?= 2000

.DEFAULT_GOAL := help
.PHONY: help setup run test edits lint lint-spec bench prove mutate docs clean debian node image

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runtime: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing cancelkit into .venv"
	$(PIP) --editable .
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing cancelkit and what its tests need into .venv"
	$(PIP) --editable '.[dev]'
	@touch $@ .venv/.runtime

setup: .venv/.dev ## Install everything into .venv

run: .venv/.runtime ## Serve the mock on port 8080 (ARGS="--port 9000 --size 500")
	$(BIN)/cancelkit mock $(ARGS)

test: setup debian node ## Set up and run all tests, then the suite against every mutant of the mock
	$(BIN)/pytest -n auto --dist loadscope $(ARGS)
	$(BIN)/cancelkit verify --prove --profile quick

edits: setup ## Try thousands of random edits of the contracts (EDITS=2000)
	CANCELKIT_EDITS=$(EDITS) $(BIN)/pytest -n auto -q tests/edits

DEBIAN := chromium:chromium javac:default-jdk-headless zsh:zsh /usr/sbin/nginx:nginx-light /usr/sbin/haproxy:haproxy parallel:parallel psql:postgresql-client
debian: ## Install Debian's packages that tests use (browser, JDK, zsh, nginx, HAProxy, GNU parallel, psql), where that is possible
	@set --; for pair in $(DEBIAN); do command -v $${pair%%:*} >/dev/null || set -- "$$@" $${pair#*:}; done; \
	  [ $$# = 0 ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$$@" >/dev/null; } || \
	  echo "Not here, so tests that need them will be skipped: $$*. On Debian: sudo apt-get install $$*"

node: setup ## Install the npm packages that tests use (Node itself comes with 'make setup')
	$(BIN)/python -m tests.clients.node install tests/lint examples/frontend examples/playwright

IMAGE := podman:podman runc:runc mmdebstrap:mmdebstrap
image: setup ## Build the image (podman; where no registry is reached, of Debian's packages) and start it
	@$(MAKE) --no-print-directory debian DEBIAN="$(IMAGE)"
	$(BIN)/python -m tests.deploy.image
	CANCELKIT_IMAGE=yes $(BIN)/pytest -q tests/deploy/test_image.py

lint-spec: setup node ## openapi-spec-validator, Redocly and Spectral over the contract
	$(BIN)/pytest -q tests/lint

bench: setup ## Measure the mock and the fixtures beside their peers (needs wrk)
	-$(BIN)/python -m tests.clients.node install benchmarks/peers
	$(BIN)/python -m benchmarks.mock
	$(BIN)/python -m benchmarks.fixtures

prove: setup ## Run the suite against every mutant of the mock and write docs/kill-matrix.md
	$(BIN)/cancelkit verify --prove --profile quick --matrix docs/kill-matrix.md

lint: setup lint-spec ## Formatting, lint, types and the contract file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

mutate: setup ## Judge the suite by mutants of the example backend's code; hours, taken up where it stopped (ARGS="--most 50")
	$(BIN)/python -W ignore::SyntaxWarning -m benchmarks.mutate $(ARGS)

clean: ## Remove what the targets above made
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis reports
