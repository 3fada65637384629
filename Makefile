# The commands of the project, the same for people and for CI. They need Python 3.11 or later, git, and nothing else:
# each makes or refreshes .venv first, and is instant where that is up to date.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
BUILD_UI := $(BIN)/python -m build_backend.ui
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The first of these that is new enough makes the environment.
PYTHON := python3 python3.14 python3.13 python3.12 python3.11
# Words for the command that a target runs: make serve ARGS="--port 9000", make test ARGS="-k cancel".
ARGS :=

SLOWER := slow or process or contract or e2e or package

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: serve
serve: ui ## start the gateway; ARGS="--port 9000" and so on are its own
	@exec $(BIN)/llms serve $(ARGS)

# Node.js comes from the machine or, where that has none, from pip.
.PHONY: ui
ui: $(VENV)/.package ## build the chat page, where its sources have changed
	@node=$$($(BUILD_UI) requires) && { [ -z "$$node" ] || $(PIP_INSTALL) "$$node"; }
	@$(BUILD_UI) build

.PHONY: install
install: $(VENV)/.dev ## make the environment that everything below runs in
	@echo "$(VENV) is up to date"

.PHONY: check
check: check-only ## what to run before a commit: all but the slower tests
	@$(BIN)/python -m pytest -q -m "not ($(SLOWER))" $(ARGS)

.PHONY: test
test: system-packages check-only ui ## all that CI runs: every check, every test, the coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n auto $(ARGS)
	@$(BIN)/coverage combine --quiet
	@printf 'coverage, in per cent: ' && $(BIN)/coverage report --format=total

.PHONY: check-only
check-only: lint types imports docs-drift ui-tests

.PHONY: format
format: $(VENV)/.dev ## rewrite the code in the one format, and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format .
	@$(BUILD_UI) npm run --silent format

.PHONY: lint
lint: $(VENV)/.dev ## the format, the linter's rules, the spelling
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/codespell
	@$(BUILD_UI) npm run --silent format:check || { echo "Run: make format" >&2; exit 1; }
	@$(BUILD_UI) npm run --silent lint

.PHONY: types
types: $(VENV)/.dev ## mypy and vue-tsc, strictly
	@$(BIN)/mypy
	@$(BUILD_UI) npm run --silent types

.PHONY: imports
imports: $(VENV)/.dev ## the layers: imports point down only
	@$(BIN)/lint-imports --config setup.cfg --no-logo --cache-dir .cache/imports

.PHONY: ui-tests
ui-tests: $(VENV)/.dev ## the tests of the chat page that need no browser
	@$(BUILD_UI) npm run --silent test -- --reporter=dot

.PHONY: docs
docs: $(VENV)/.dev ## write the generated pages again
	@$(BIN)/python -m llms.config.reference
	@$(BIN)/python -m llms.cli.reference
	@$(BIN)/python -m llms.providers.reference
	@$(BIN)/python -m tests.contract.matrix.page

.PHONY: docs-drift
docs-drift: $(VENV)/.dev
	@$(BIN)/python -m llms.config.reference --check
	@$(BIN)/python -m llms.cli.reference --check
	@$(BIN)/python -m llms.providers.reference --check
	@$(BIN)/python -m tests.contract.matrix.page --check

.PHONY: cover
cover: $(VENV)/.dev ## the lines that the last `make test` did not reach
	@$(BIN)/coverage report

.PHONY: bench
bench: $(VENV)/.dev ## measure the gateway on this machine
	@$(BIN)/python -m bench $(ARGS)

.PHONY: clean
clean: ## remove what the commands made, but not the environment
	rm -rf .cache .hypothesis build dist *.egg-info llms/_ui
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

.PHONY: system-packages
system-packages:
	@.ci/system-packages

$(VENV)/pyvenv.cfg:
	@for python in $(PYTHON); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    python=; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "Python 3.11 or later is needed; tried: $(PYTHON). Name yours: make PYTHON=/path/to/python" >&2; \
	    exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV)

# The warning silenced is for projects that keep several packages in one folder.
$(VENV)/.package: pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing the package into $(VENV)"
	@PYTHONWARNINGS="ignore:Editable installation" $(PIP_INSTALL) --editable .
	@touch $@

# Groups are known to pip since 25.1; the one in a new environment may be older.
$(VENV)/.dev: pyproject.toml $(VENV)/.package
	@echo "Installing the development tools into $(VENV)"
	@$(PIP_INSTALL) 'pip>=25.1'
	@$(PIP_INSTALL) --group dev
	@touch $@
