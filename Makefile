# The habits: make run, make test, make check. Only Python >= 3.11 and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT := 2024
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: run setup dev test simulate chaos eval check format lock clean

run: $(VENV)/.run ## an example workspace, served: one beat at once, then at its interval; Ctrl+C ends it
	@$(BIN)/heartbeat demo
	@echo
	@echo "The command is $(BIN)/heartbeat; to call it heartbeat in another shell: . $(BIN)/activate"
	@exec $(BIN)/heartbeat serve --beat demo

setup: $(VENV)/.dev ## everything a developer needs

dev: $(VENV)/.dev ## LangGraph's dev server for Studio, on loopback, without phoning home
	@LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev --no-browser --no-reload --n-jobs-per-worker 8 \
		--port $$($(BIN)/python -m service.freeport $(PORT))

test: $(VENV)/.dev ## all tests
	@$(BIN)/python -m pytest -n auto

simulate: $(VENV)/.dev ## the timer in virtual time: SEED=7 replays one seed, SEEDS=0:10000 runs many
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),0:100))

chaos: $(VENV)/.dev ## real processes killed and frozen at random: MINUTES=3, SEED=1
	@$(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),3) --seed $(or $(SEED),1)

eval: $(VENV)/.dev ## decisions measured on a real model: MODEL=…, URL=…, CASES=tuning|held_out|all, ONLY=category or name
	@$(BIN)/python -m evals $(if $(MODEL),--model $(MODEL)) $(if $(URL),--url $(URL)) $(if $(CASES),--cases $(CASES)) \
		$(if $(ONLY),--only $(ONLY)) $(ARGS)

check: $(VENV)/.dev ## format, lint, types, rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > $(VENV)/rooms.log || { cat $(VENV)/rooms.log; exit 1; }

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: ## write the pins anew, without download addresses
	@$(BIN)/python -m pip install --quiet "uv>=0.13,<0.14"
	@$(BIN)/uv pip compile pyproject.toml --extra setup $(LOCK) -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra setup --extra dev --extra otel --extra eval --extra test --extra check $(LOCK) -c requirements.txt -o requirements-dev.txt
LOCK := --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --upgrade

clean: ## remove the environment, caches and the example workspace
	rm -rf $(VENV) .heartbeat .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

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
