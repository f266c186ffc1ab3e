# What a developer types. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
# Compiled modules are kept: each test process and each worker would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test browser proof bench shots mutate-scope generate vendor lint lock

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The environment is made anew when the lock file's contents change, not when its date does.
.PHONY: environment
environment:
	@cmp -s requirements.lock $(VENV)/.lock || ./bootstrap.sh $(VENV)

run: environment ## start Pellucid with its own database and a demo company
	@$(PY) -m pellucid serve

test: environment ## run the tests, without a browser
	@$(PY) -m pytest -q -n 2 --dist worksteal -m "not browser"

browser: environment ## run the tests that drive a browser
	@$(PY) -m pytest -q -m browser

proof: environment ## run every test with full counts
	@PELLUCID_PROOF=1 $(PY) -m pytest -q -n 2 --dist worksteal

bench: environment ## measure pages and queries (docs/figures.md)
	@$(PY) -m bench

shots: environment ## take pictures of every page of a running demo in four looks, and say what is wrong with them
	@$(PY) -m scripts.shots --check

mutate-scope: environment ## replace each scope by "all" in turn and expect the tests to notice
	@$(PY) -m scripts.mutate_scope

generate: environment ## make migrations, catalogues, static bundles and snapshots
	@$(PY) -m scripts.generate

vendor: environment ## fetch the third-party files of the pages
	@$(PY) -m scripts.vendor

lint: environment ## check style, types, layers and texts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy
	@$(PY) -m scripts.check_texts
	@$(PY) -m scripts.check_licences

lock: ## resolve requirements-dev.in into requirements.lock (needs uv)
	uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements.lock
