# make chat    everything from a fresh machine to the chat in the browser; DOCS=folder for your own articles, LLM=none for quotes only
# make check   style and types: seconds, when little has changed
# make test    everything needed, style and types, and all tests; FAST=1: only the tests that need no model, browser or pip
# make quality DATA=folder    the larger gold sets against their floors (tests/quality); without DATA those of this checkout

PYTHON ?= python3
DOCS ?= tests/corpus
PORT ?= 7860
VENV := .venv
BIN := $(VENV)/bin
# The sample goes where `hoidap` looks without --index; every other folder has a collection of its own.
ifeq ($(abspath $(DOCS)),$(abspath tests/corpus))
INDEX ?= index/default
else
INDEX ?= index/$(notdir $(abspath $(DOCS)))-$(firstword $(shell printf '%s' '$(abspath $(DOCS))' | cksum))
endif
ASK := $(BIN)/hoidap ask "..."$(if $(filter-out index/default,$(INDEX)), --index "$(INDEX)")
# pip compiles 20,000 files on one core, nearly half of the time that it takes; here each core compiles its share.
# Some packages carry a file for a later Python, which does not compile.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
COMPILE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
ifdef LLM
export HOIDAP_LLM__MODEL := $(LLM)
endif

# A file is tested by one process, which makes what its tests share once; those that take longest come first (conftest.py).
PYTEST := $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: chat check test tests quality clean

chat: $(VENV)/.installed
	@echo "== Models (pulled once, then only checked)"
	@$(BIN)/hoidap models pull || { \
		echo "== A model could not be had; trying to go on without the language model"; \
		HOIDAP_LLM__MODEL=none $(BIN)/hoidap models pull; }
	@echo "== Articles of $(DOCS) into $(INDEX)"
	@$(BIN)/hoidap ingest "$(DOCS)" --index "$(INDEX)"
	@echo '== Chat, until Ctrl-C; on the command line: $(ASK)'
	@$(BIN)/hoidap serve --index "$(INDEX)" --port $(PORT)

check: $(VENV)/.tested
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy

ifdef FAST
test: $(VENV)/.tested
	@$(PYTEST) -m "not models and not browser and not pip"
else
# Side by side: types are checked on one core while the tests start on the other.
test: $(VENV)/.tested
	@$(MAKE) --no-print-directory -j 2 check tests
endif

tests: $(VENV)/.tested
	@echo "== Models (pulled once, then only checked)"
	@$(BIN)/hoidap models pull multilingual-e5-small qwen2.5-coder-0.5b-instruct
	@echo "== Tests"
	@$(PYTEST)

quality: $(VENV)/.tested
	@$(BIN)/hoidap models pull multilingual-e5-small
	@$(BIN)/python -m tests.quality $(if $(DATA),--data "$(DATA)")

$(VENV)/bin/pip:
	@echo "== Virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(VENV)/bin/pip pyproject.toml constraints.txt
	@echo "== Packages (about 2 GB; some minutes)"
	@$(INSTALL) -e .
	@$(COMPILE)
	@touch $@

$(VENV)/.tested: $(VENV)/bin/pip pyproject.toml constraints.txt
	@echo "== Packages for the tests (about 2 GB; some minutes)"
	@$(INSTALL) -e '.[dev]'
	@$(COMPILE)
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) index/*/
