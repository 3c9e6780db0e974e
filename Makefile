# A bare `make` lists the recipes. Each one installs what it needs first; a second time that costs nothing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := list
.PHONY: list run test campaign check fix lock bench manual clean

export PYTHON ?= python3
BIN := .venv/bin
BASE := .venv/base.stamp
DEV := .venv/dev.stamp
INSTALLS := requirements/uv.txt pyproject.toml scripts/install
TEMPLATES = $$(find src -name '*.html' -path '*/templates/*')
COMPILE = .venv/installer/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --custom-compile-command "make lock" $(ARGS)
PYTEST := $(BIN)/pytest -n 3 --dist worksteal

list:
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1|\2/p' Makefile | column -t -s '|'

run: $(BASE) ## start the demo: sandbox, seeded company, web and worker (options: make run ARGS="--port 8100")
	@$(BIN)/ahead demo $(ARGS)

bench: $(DEV) ## measure requests, time and memory beside their floors (one measure: make bench ARGS="--help")
	@$(BIN)/python -m bench $(ARGS)

test: $(DEV) ## run all tests on SQLite, then those that touch the database on PostgreSQL
	@scripts/debian chromium xmlsec1
	$(PYTEST)
	$(PYTEST) --db=postgres

campaign: $(DEV) ## live through histories in which everything fails, and kill processes at every point: hours (one: make campaign ARGS="--seed 7")
ifdef ARGS
	PYTHONPATH=tests $(BIN)/python -m campaign $(ARGS)
else
	PYTHONPATH=tests $(BIN)/python -m campaign --seeds 10 --db both
	CRASH_STRIDE=1 CRASH_POINTS=400 HISTORIES=20 $(PYTEST) tests/crash tests/sync/test_nota_histories.py
	CRASH_STRIDE=1 CRASH_POINTS=400 HISTORIES=20 $(PYTEST) tests/crash tests/sync/test_nota_histories.py --db=postgres
	$(PYTEST) tests/web --db=postgres --long
	$(PYTEST) tests/browser/test_every_screen.py --long
endif

check: $(DEV) ## format, lint, types, layers, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	AHEAD_DATA_DIR=$$(mktemp -d) $(BIN)/django-admin makemigrations --check --settings ahead.config.settings

fix: $(DEV) ## format and mend what can be mended by itself
	-$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES) || true

lock: $(DEV) ## write requirements/*.txt anew, keeping versions (newer ones: make lock ARGS=--upgrade)
	$(COMPILE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) pyproject.toml -o requirements/base.txt
	$(COMPILE) pyproject.toml --group dev -c requirements/base.txt -o requirements/dev.txt
	$(COMPILE) requirements/peers.in -o requirements/peers.txt

manual: $(DEV) ## take the pictures of the manual anew, from a demo of its own (some: make manual ARGS="lojas-lista")
	@scripts/debian chromium
	PYTHONPATH=tests $(BIN)/python tests/browser/manual_pictures.py $(ARGS)

clean: ## take away what recipes made, except the data in var/
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .bench
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BASE): requirements/base.txt $(INSTALLS)
	@scripts/install base

$(DEV): requirements/dev.txt $(INSTALLS)
	@scripts/install dev
