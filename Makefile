# Everything a person types; `make` alone lists it. Each target builds what it needs first.
.DEFAULT_GOAL := help
.PHONY: help setup browser demo test check up down clean migrate doctor lock \
        schema-diff schema-release test-api fuzz e2e e2e-report e2e-up bench bench-graphql \
        bench-elements

# Processes start by the hundred here: without its cache each would compile the sources anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
E2E_REPORT := e2e/report

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Build .venv from the lock files, with redis-server and a Chromium
	@./bootstrap

browser:
	@./bootstrap --browser

demo: browser ## Start everything and run a mission against a real application (DEMO_EXIT=1 stops after)
	@$(BIN)/python -m e2e.demo

test: browser ## Run every test
	@$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

check: setup ## Run the gates: format, lint, types, imports, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest tests/architecture

up: setup ## Start the stack in the background and return when it is ready
	@$(BIN)/metamorph up

down: ## Stop the stack; data stays
	@if [ -x $(BIN)/metamorph ]; then $(BIN)/metamorph down; fi

migrate: setup ## Bring the database to the newest revision
	@$(BIN)/metamorph migrate

doctor: setup ## Say what is there, what is missing and how to get it
	@$(BIN)/metamorph doctor

clean: down ## Stop the stack and delete its data, the environment and every cache
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m api.stack.clean; fi
	@rm -rf .venv build dist *.egg-info $(E2E_REPORT) htmlcov .coverage .coverage.* \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

lock: ## Rewrite the lock files from pyproject.toml (needs uv)
	@locks/compile

schema-diff: setup ## Show what changed in the API since the last release
	@$(BIN)/python -m graph.schema_diff

schema-release: setup ## Make today's schema the released one, when a version goes out
	@$(BIN)/python -m graph.schema_diff --release

test-api: setup ## Run the tests of the API and the schema on servers of their own
	@$(BIN)/pytest tests/api tests/graph

fuzz: setup ## Compare the executor with graphql-core on thousands of documents
	@$(BIN)/pytest tests/graph/execution --hypothesis-profile thorough --timeout 3600

e2e: browser ## Run the journeys against a stack of their own (BASE_URL names another)
	@mkdir -p $(E2E_REPORT)
	@$(BIN)/pytest e2e --junitxml=$(E2E_REPORT)/junit.xml

e2e-report: setup ## Open the report of the last journeys
	@test -f $(E2E_REPORT)/index.html || { echo "No report yet: run make e2e" >&2; exit 1; }
	@$(BIN)/python -m webbrowser -t "file://$(CURDIR)/$(E2E_REPORT)/index.html"

e2e-up: up ## Run the journeys against the stack of `make up`, which stays
	@E2E_STACK=up $(MAKE) --no-print-directory e2e

bench: browser ## Measure ours against the references, into var/bench
	@$(BIN)/python -m pip install --disable-pip-version-check -qq --require-hashes -r locks/bench.txt
	@$(BIN)/python -m benchmarks

bench-graphql: setup ## Measure GraphQL alone against its references
	@$(BIN)/python -m pip install --disable-pip-version-check -qq --require-hashes -r locks/bench.txt
	@$(BIN)/python -m benchmarks graphql

bench-elements: browser ## Measure the element cache on page pairs (PAIRS=DIR: on your own, see benchmarks/elements)
	@$(BIN)/python -m benchmarks.elements $(if $(PAIRS),"$(PAIRS)")
