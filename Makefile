# ICT Rankings. `make` alone lists what can be made.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install dev build report explore test lint types docs gallery unit whole nbval browser chromium \
  notebooks lab messages checksums lock windows format clean

# One thread per process and a fixed hash seed: the same numbers every time,
# and no contention when two notebooks run side by side.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1
export MKL_NUM_THREADS = 1
export PYTHONHASHSEED = 0
export JUPYTER_PLATFORM_DIRS = 1
unexport MPLBACKEND
# Every process would compile its packages anew.
unexport PYTHONDONTWRITEBYTECODE

# What an analyst has added is no part of the committed outputs, and tests do not see it.
notebooks: export RANKINGS_STORE =

PY := .venv/bin/python
RANKINGS := $(PY) -m rankings

# What makes the environment, on systems without make too. Whatever Python is found first starts it;
# it goes on with one that fits. PYTHON=... names one.
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13 python; do \
  command -v $$each && break; done)
START := $(or $(PYTHON),python3) start.py

help: ## list these targets
	@echo "Usage: make TARGET"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## create .venv with the packages a report needs (once, half a minute)
	@$(START) install

dev: ## and those that only developers need
	@$(START) install --dev

build: install ## build the processed tables from data/raw
	@$(RANKINGS) build

report: ## run every notebook of the report and write its pages
	@$(START) report

test: chromium ## all checks: lint, types, pages, unit tests, notebooks, browser
	@$(START) test

lint: ## ruff: rules and formatting, notebooks included
	@$(START) lint

types: ## mypy over the package
	@$(START) types

docs: ## build the documentation into build/docs, warnings being errors
	@$(START) docs

unit: ## pytest over tests/
	@$(START) unit

whole: ## all of what the unit tests take samples of (some minutes)
	@$(START) whole

nbval: ## re-run the committed notebooks and compare their outputs
	@$(START) nbval

gallery: dev build ## draw every figure of the gallery into build/gallery
	@RANKINGS_STORE= $(PY) -m tools.gallery build/gallery

browser: chromium ## drive JupyterLab and the report site in a real browser, headless
	@$(START) browser

# The names are those of tests/browser/browsing.py. A machine where nothing can be installed goes
# on: the tests then say what is missing, and fail where CI is set.
chromium: ## install Debian's chromium, for the browser tests, where there is none (as root)
	@for name in "$$RANKINGS_CHROMIUM" chromium chromium-browser google-chrome \
	    google-chrome-stable; do \
	  if [ -n "$$name" ] && command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing chromium (apt-get)"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	    --no-install-recommends chromium fontconfig fonts-dejavu-core; } >/dev/null \
	    || echo "chromium could not be installed" >&2; \
	else \
	  echo "No Chromium found. As root: apt-get update && apt-get install -y chromium" >&2; \
	fi

notebooks: dev build ## re-execute the committed notebooks and draw the picture of the README
	@$(RANKINGS) refresh
	@$(PY) -c 'import rankings; from rankings.report import pictures; \
	  story = rankings.ask("VNM", 2018, "30:50", 2020); \
	  pictures.strip(story).save("docs/viet-nam-2018.png")'

explore: ## open the explorer in the browser
	@$(START) explore $(EXPLORE_OPTIONS)

lab: ## open JupyterLab at the first notebook
	@$(START) lab $(LAB_OPTIONS)

messages: dev ## collect the messages and compile every language
	@$(PY) -m babel.messages.frontend -q extract -F babel.cfg -k plural:1,2 -k meaning:1c,2 \
	  --no-location --sort-output --omit-header -o rankings/language/locale/rankings.pot \
	  rankings tools notebooks pipelines data/raw
	@for po in rankings/language/locale/*/LC_MESSAGES/rankings.po; do test ! -e "$$po" || { \
	  language=$${po#rankings/language/locale/}; language=$${language%%/*}; \
	  $(PY) -m babel.messages.frontend -q update -N --ignore-obsolete --ignore-pot-creation-date \
	    -l "$$language" -i rankings/language/locale/rankings.pot -o "$$po" && \
	  $(PY) -m rankings.language.extraction "$$po"; } || exit 1; done

checksums: ## after a meant change of data/raw: renew CHECKSUMS.sha256
	@cd data/raw && sha256sum *.csv SOURCES.md | LC_ALL=C sort -k 2 > CHECKSUMS.sha256

format: dev ## let ruff fix and format code and notebooks
	@$(PY) -m ruff check --quiet --fix --exit-zero .
	@$(PY) -m ruff format --quiet .

# Pins that still fit are kept; `make lock UPGRADE=1` takes the newest of everything.
lock: dev ## recompile both locks from pyproject.toml
	@$(PY) -m tools.lock $(if $(UPGRADE),--upgrade)
	@git diff --stat -- requirements.lock requirements-dev.lock 2>/dev/null || true

RIG ?= build/windows
windows: dev ## by hand, before a release: what an analyst does, done by a Windows Python
	@$(PY) -m tools.windows $(RIG)

clean: ## remove what was built; the environment, raw data and what an analyst has added stay
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find data/processed -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true
	@find rankings tests notebooks -type d \
	  \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
