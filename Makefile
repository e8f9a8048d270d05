# Everything a contributor runs. `make` alone lists it.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test lint lint-spec bench prove docs clean browser node

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

test: setup browser node ## Set up and run all tests
	$(BIN)/pytest $(ARGS)

lint: setup lint-spec ## Formatting, lint, types and the contract file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean: ## Remove what the targets above made
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis reports
