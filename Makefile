# Every target sets up what it needs; `make` alone says what there is.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.tollkeeper-ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check format eval bench docs lock clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make the environment in .venv from the lock file (uv where installed, python3 -m venv where not)

$(STAMP): requirements.lock pyproject.toml
	@PYTHON="$(PYTHON)" sh scripts/setup.sh
	@touch $@

demo: $(STAMP) ## make a demo estate and open the web app on 127.0.0.1
	@$(BIN)/toll demo

test: $(STAMP) ## run every test
	@$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(STAMP) ## check format, lint, types, import contracts and generated docs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/docs.py --check

check: lint test eval ## all of lint, test and eval

format: $(STAMP) ## rewrite the code in house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

eval: $(STAMP) ## run the offline eval suite, hostile sequences, crashes and Spark too: no key, no network
	@$(BIN)/toll eval
	@$(BIN)/toll eval actions
	@$(BIN)/toll eval cost-data

bench: $(STAMP) ## run every benchmark, each with its baseline
	@$(BIN)/toll bench

docs: $(STAMP) ## write the generated parts of the docs anew
	@$(BIN)/python scripts/docs.py

lock: ## pin every dependency anew (needs uv)
	@uv pip compile pyproject.toml --extra demo --extra postgres --extra spark --group dev --python-version 3.11 --universal --generate-hashes \
	  --no-header --no-annotate --quiet --output-file requirements.lock

clean: ## remove the environment and caches
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache
