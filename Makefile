# Every command of the project. Plain `make` lists them.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; done; echo python3)
endif
BIN := .venv/bin
MEMBERS := contracts chassis services/intake services/routing services/notify services/reporting deploy tests bench docs
OURS := contracts chassis intake routing notify reporting deploy tests bench docs

# Runs one check quietly; the first that fails shows its output and its name: $(call check,name,command)
check = @printf '%-14s ' '$(1)'; said=$$($(2) 2>&1) && echo ok || \
	{ echo failed; printf '%s\n' "$$said"; echo 'make check stopped at: $(1)' >&2; exit 1; }

.PHONY: help environment up down status test check format bench schemas assets locale lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

environment: ## make .venv from the lock files (every other command does it first)
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) is missing: install Python 3.11 or later with venv, or say which one to use: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) deploy/bootstrap.py

up: environment ## start everything: Kafka, PostgreSQL, the four services, demo data (ARGS="--no-demo")
	@exec $(BIN)/kentongan up $(ARGS)

down: environment ## stop what `make up` started
	@exec $(BIN)/kentongan down $(ARGS)

status: environment ## show addresses, logins and connection strings of the running stack
	@exec $(BIN)/kentongan status $(ARGS)

test: environment ## run all tests on real servers (ARGS="tests/contracts -k sealing")
	@exec $(BIN)/python -m pytest $(ARGS)

check: environment ## lint, types, architecture, schema drift; stops at the first that fails
	$(call check,ruff check,$(BIN)/ruff check --quiet)
	$(call check,ruff format,$(BIN)/ruff format --check --quiet)
	$(call check,mypy --strict,$(BIN)/mypy --strict --no-error-summary contracts/src chassis/src services/*/src deploy bench/src docs/src tests)
	$(call check,import-linter,$(BIN)/lint-imports)
	$(call check,schema drift,$(BIN)/python -m contracts.schemas --check)

format: environment ## put the code in form
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format

bench: environment ## measure our numbers beside the limit (JSON=FILE also writes them)
	@exec $(BIN)/python -m bench $(if $(JSON),--json $(JSON)) $(ARGS)

schemas: environment ## write JSON Schemas and AsyncAPI from the models
	@exec $(BIN)/python -m contracts.schemas

assets: ## build the shared style, script and font into chassis (needs Node 20 or newer)
	@cd chassis/front && npm ci --silent && npm run --silent build

locale: environment ## collect the sentences to translate, and compile the translated ones
	@for package in chassis intake routing notify reporting kit.showcase; do \
		$(BIN)/python -m chassis.translations extract $$package || exit 1; done

lock: environment ## lock the newest allowed packages, with hashes
	@$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --python-version 3.11 \
		$(OURS:%=--no-emit-package kentongan-%) $(MEMBERS:%=%/pyproject.toml) --output-file requirements.lock
	@{ echo "# What installs everything else; \`make lock\` writes it from requirements.lock."; \
		awk '/^[a-z]/ {inside = /^uv==/} inside && !/^ *#/' requirements.lock; } >deploy/bootstrap.lock

clean: ## remove the environment and caches (data stay; `kentongan reset` removes those)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find contracts chassis services deploy tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +
