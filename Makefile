# Each target sets up what it needs: `make run` and `make test` work on a fresh clone.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CODE := api application.py benchmarks celeryconfig.py cli config deploy devstack domain live migrations models notifiers probes security server services tasks tests web wsgi.py

# A changed lock, or a new Python, installs again. The locks are complete, so pip has nothing to
# resolve: older ones would take a newer release than the lock's for what is required with an extra.
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

# Tests choose their servers and settings; what the machine happens to set is taken away.
STRAY := $(shell env | grep -oE '^(DOWNTIME_[A-Z_]+|FLOWER_[A-Z_]+|CELERY_[A-Z_]+|(DATABASE|REDIS|SMTP)_URL(_FILE)?|PYTEST_ADDOPTS|PYTHONDONTWRITEBYTECODE|PORT|DEMO)=' | tr -d '=')
CLEAN := env $(addprefix -u ,$(STRAY))

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

.PHONY: run
run: $(RUNTIME) ## Run the whole system on this machine; Ctrl-C stops it
	@exec $(BIN)/downtime run

# One more than there are cores: whole stacks mostly wait.
.PHONY: test
test: $(DEVELOPMENT) ## Run all tests
	@$(CLEAN) $(BIN)/pytest -n 3 --dist loadfile $(ARGS)

.PHONY: check
check: $(DEVELOPMENT) ## Check style, types, layers, security, spelling and migrations
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml $(filter-out tests benchmarks,$(CODE))
	@$(BIN)/codespell $(CODE) docs *.md Makefile setup.cfg docker-compose.yml
	@$(CLEAN) $(BIN)/pytest -q tests/models/test_migrations.py

.PHONY: fix
fix: $(DEVELOPMENT) ## Correct style where a program can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure the cost of a check over the whole pipeline
	@$(CLEAN) $(BIN)/python -m benchmarks

.PHONY: agreement
agreement: $(DEVELOPMENT) ## Watch a flapping site beside Prometheus, and fail where the uptimes disagree; ARGS="--seed 7"
	@$(CLEAN) $(BIN)/python -m benchmarks.agreement $(ARGS)

.PHONY: chaos
chaos: $(DEVELOPMENT) ## Break things for five minutes and see that nothing is lost; ARGS="--seed 7"
	@$(CLEAN) $(BIN)/python -m tests.faults.chaos $(ARGS)

.PHONY: archive-kills
archive-kills: $(DEVELOPMENT) ## Kill the archiver twenty times after each of its steps (KILLS=3 ARGS="-k dropped")
	@$(CLEAN) ARCHIVE_KILLS=$(KILLS) $(BIN)/pytest -q -n 2 tests/services/archive/test_kills.py $(ARGS)

archive-kills: KILLS ?= 20

.PHONY: archive-reader
archive-reader: $(DEVELOPMENT) ## Page through a million checks while their days are archived and restored
	@$(CLEAN) $(BIN)/python -m benchmarks.archive_reader $(ARGS)

.PHONY: contract
contract: $(DEVELOPMENT) ## Send what the document allows and forbids to every operation, a hundred times each
	@$(CLEAN) CONTRACT_EXAMPLES=100 $(BIN)/pytest -q tests/contract $(ARGS)

.PHONY: long
long: $(DEVELOPMENT) ## Try every property with a thousand examples, forty times as many as the tests do
	@$(CLEAN) $(BIN)/pytest -q -n 3 -m hypothesis --hypothesis-profile=long $(ARGS)

.PHONY: week
week: $(DEVELOPMENT) ## Simulate a week of 1,000 monitors among faults, and compare who was told what; ARGS="--seed 7"
	@$(CLEAN) $(BIN)/python -m tests.week $(ARGS)

.PHONY: pin-images
pin-images: ## Write the digests of images beside their tags; REGISTRY=https://registry.example.com
	@$(PYTHON) deploy/pin_images.py $(REGISTRY)

.PHONY: translations
translations: $(DEVELOPMENT) ## Add new texts of the pages to the catalogues, and drop old ones
	@$(BIN)/python deploy/update_translations.py

.PHONY: pictures
pictures: $(DEVELOPMENT) ## Take the pictures of the README anew
	@$(CLEAN) $(BIN)/pytest -q tests/browser/pictures.py

.PHONY: axe
axe: $(DEVELOPMENT) ## Look at every page in each size, light and language, some ten minutes long
	@$(CLEAN) $(BIN)/pytest -q tests/browser/every_page/matrix.py $(ARGS)

.PHONY: vendor
vendor: $(DEVELOPMENT) ## Copy the files of npm packages that browsers run, and draw the icons
	@$(BIN)/python deploy/vendor_web.py
	@$(BIN)/python deploy/make_icons.py

.PHONY: lock
lock: $(DEVELOPMENT) ## Choose the newest allowed dependencies and write them to the locks
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) setup.cfg -o requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) setup.cfg --extra local -c requirements.lock -o requirements-local.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) setup.cfg --extra local --extra dev -c requirements-local.lock -o requirements-dev.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: clean
clean: ## Remove the virtual environment and the caches, but no data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	@echo "Making the virtual environment …"
	@$(PYTHON) -m venv --clear $(VENV)

$(RUNTIME): requirements-local.lock setup.cfg | $(BIN)/python
	@echo "Installing what the lock names …"
	@# One that was killed while it was made has no pip yet.
	@$(BIN)/python -m ensurepip > /dev/null
	@$(PIP) install --require-hashes --no-deps -r requirements-local.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
