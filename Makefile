# Pantau Salur: two commands are enough, `make run` and `make test`.
MAKEFLAGS += --no-print-directory
PYTHON_IN_VENV := .venv/bin/python
# Options of the demonstration, e.g. make run ARGS=--once
ARGS ?=

.PHONY: help run setup test test-long lint lock docs

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: setup ## Show everything with sample data: Airflow, e-mails, audit database (ARGS=--help for options)
	@exec $(PYTHON_IN_VENV) -m include.demonstration $(ARGS)

test: setup ## Lint and every test but the long ones
	@scripts/lint.sh
	@exec $(PYTHON_IN_VENV) -m pytest --numprocesses auto --no-loadscope-reorder $(ARGS)

test-long: setup ## The tests that need minutes: bombs, kills, fuzzing, browsers
	@exec $(PYTHON_IN_VENV) -m pytest -m long $(ARGS)

lint: setup ## Only the linters
	@scripts/lint.sh

setup: ## Make .venv (done by the others when needed); as root also the Debian packages
	@scripts/setup.sh

docs: setup ## Write docs/aturan.md anew: the page of rules that is derived from code and configuration
	@$(PYTHON_IN_VENV) -m include.report.rulebook

lock: setup ## Resolve requirements.in anew into requirements.lock (ARGS=--upgrade for newer versions)
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(ARGS) \
		--output-file requirements.lock requirements.in
