# codex-loop: everything a person or CI does, each target sets up what it needs and may be run again at any time.
#   make run      your own sessions in a store, and what they say
#   make test     the whole test suite, with the real agents and a real PostgreSQL
#   make check    style, types, directions of imports, tidiness of the repository
#   make bench    the numbers of the README
#   make quality  make check, and what the signals find of planted events (docs/quality.md)
#   make tools    the real agents, Harbor and peers, in a per-user cache folder
#   make clean    remove what the targets above made in this folder

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
CORE   := $(VENV)/.core-installed
DEV    := $(VENV)/.dev-installed
# So many files are tested at once: each starts what it needs, a PostgreSQL for instance, so more is not always quicker.
JOBS   ?= 2
# What a person may add: make test ARGS='-k ingest', make bench ARGS=--quick
ARGS   ?=
CODE   := src tests benchmarks tools demo.py

.DEFAULT_GOAL := help
.PHONY: help setup dev run test test-light check format bench quality tools lock clean

help:
	@sed -n 's/^#   //p' Makefile

# --- the work --------------------------------------------------------------------------------------------------------

run: setup
	@$(BIN)/python -m tools.tour

test: dev tools
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

# Without the real agents and PostgreSQL: what macOS and Windows run, and a quick look anywhere.
test-light: dev
	$(BIN)/python -m pytest -m "not contract and not postgres" $(ARGS)

check: dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/python -m tools.tidy

format: dev
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: dev tools
	$(BIN)/python -m benchmarks $(ARGS)

quality: check
	$(BIN)/python -m benchmarks.quality $(ARGS)

tools: setup
	@$(BIN)/python -m tools.install

# --- environment -----------------------------------------------------------------------------------------------------

setup: $(CORE)
dev: $(DEV)

# uv is quicker where it is installed; both ways accept only what the checked-in hashes name.
$(BIN)/python:
	@echo "making $(VENV)"
	@if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then \
	  uv venv --quiet --python $(PYTHON) $(VENV); \
	else \
	  $(PYTHON) -m venv $(VENV); \
	fi

define install
	@echo "installing $(1)"
	@if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes $(foreach file,$(1),-r $(file)) && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(PIP) install --quiet --require-hashes $(foreach file,$(1),-r $(file)) && \
	  $(PIP) install --quiet --no-deps --no-build-isolation -e .; \
	fi
endef

$(CORE): pyproject.toml requirements/core.txt requirements/build.txt | $(BIN)/python
	$(call install,requirements/core.txt requirements/build.txt)
	@touch $@

$(DEV): pyproject.toml requirements/dev.txt requirements/build.txt | $(BIN)/python
	$(call install,requirements/dev.txt requirements/build.txt)
	@touch $@ $(CORE)

# Writes the hash-pinned files anew; needs uv. A release is a week old before we take it: most bad ones are gone by then.
COMPILE := uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --upgrade --exclude-newer "1 week"
# Harbor wants a newer certifi than some package indexes have, and a newer Python than we do.
HARBOR_COMPILE := uv pip compile --quiet --generate-hashes --universal --python-version 3.12 --no-header
lock:
	$(COMPILE) pyproject.toml -o requirements/core.txt
	$(COMPILE) pyproject.toml --extra dev -c requirements/core.txt -o requirements/dev.txt
	$(COMPILE) --group build -c requirements/dev.txt -o requirements/build.txt
	printf 'chromadb==1.5.9\n' | $(COMPILE) - -o requirements/chroma.txt
	printf 'certifi\n' > $(VENV)/certifi.txt
	printf 'harbor==0.25.0\n' | $(HARBOR_COMPILE) --override $(VENV)/certifi.txt - -o src/codex_loop/harbor/pins.txt
	printf 'pytest==8.4.2\npip\n' | $(HARBOR_COMPILE) - -o src/codex_loop/harbor/workshop.txt

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
