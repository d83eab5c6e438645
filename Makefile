# ICT Rankings. `make` alone lists what can be made.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install build report explore test lint types docs gallery unit nbval browser chromium notebooks lab \
  messages checksums lock format clean FORCE

# One thread per process and a fixed hash seed: the same numbers every time,
# and no contention when two notebooks run side by side.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1
export MKL_NUM_THREADS = 1
export PYTHONHASHSEED = 0
export JUPYTER_PLATFORM_DIRS = 1
unexport MPLBACKEND

# What an analyst has added is no part of the committed outputs, and tests do not see it.
test unit nbval browser notebooks: export RANKINGS_STORE =

VENV := .venv
STAMP := $(VENV)/.installed
PY := $(VENV)/bin/python
RANKINGS := $(PY) -m rankings

# Interpreters to try for the environment, best first; PYTHON=... overrides.
PYTHON ?= python3.11 python3 python3.12 python3.13
VERSION_OK := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

help: ## list these targets
	@echo "Usage: make TARGET"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv with every pinned package (once, about a minute)
	@:

# The stamp holds the folder it was made for: a copied or moved tree installs anew.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

$(STAMP): requirements.lock pyproject.toml
	@found=; \
	for python in $(PYTHON); do \
	  if "$$python" -c '$(VERSION_OK)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11, 3.12 or 3.13 is needed, and none was found (tried: $(PYTHON))." >&2; \
	  echo "Install one, or name it: make install PYTHON=/path/to/python3.11" >&2; \
	  exit 1; \
	fi; \
	if ! $(PY) -c '$(VERSION_OK)' 2>/dev/null || \
	    { [ -e $(STAMP) ] && [ "$$(cat $(STAMP))" != "$(CURDIR)" ]; }; then \
	  echo "Creating $(VENV) with $$("$$found" --version)"; \
	  rm -rf $(VENV); \
	  "$$found" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; \
	fi
	@echo "Installing the pinned packages into $(VENV) (about a minute the first time)"
	@$(PY) -m pip install -qq --require-hashes -r requirements.lock
	@$(PY) -m pip install -qq --no-deps --no-build-isolation -e .
	@printf '%s\n' "$(CURDIR)" > $@

build: $(STAMP) ## build the processed tables from data/raw
	@$(RANKINGS) build

report: $(STAMP) ## run every notebook of the report and write its pages
	@$(RANKINGS) batch pipelines/report.toml

test: lint types docs unit nbval browser ## all checks: lint, types, pages, unit tests, notebooks, browser

lint: $(STAMP) ## ruff: rules and formatting, notebooks included
	@echo "Lint"
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .

types: $(STAMP) ## mypy over the package
	@echo "Types"
	@$(PY) -m mypy

# Always from scratch, so that -W sees every warning.
docs: $(STAMP) ## build the documentation into build/docs, warnings being errors
	@echo "Documentation"
	@rm -rf build/docs build/doctrees build/jupyter_execute
	@$(PY) -m sphinx -W --keep-going -q -E -b html -d build/doctrees docs build/docs

gallery: build ## draw every figure of the gallery into build/gallery
	@RANKINGS_STORE= $(PY) -m tools.gallery build/gallery

unit: build ## pytest over tests/
	@echo "Unit tests"
	@$(PY) -m pytest -q -n 2 tests

nbval: build ## re-run the committed notebooks and compare their outputs
	@echo "Notebooks"
	@$(PY) -m pytest -q -n 2 --dist loadscope --nbval --nbval-current-env \
	  --nbval-kernel-startup-timeout 600 --nbval-sanitize-with tests/nbval_sanitize.cfg notebooks

browser: build chromium ## drive JupyterLab and the report site in a real browser, headless
	@echo "Browser"
	@$(PY) -m pytest -q -n 0 tests/browser

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

notebooks: build ## re-execute the committed notebooks and draw the picture of the README
	@$(RANKINGS) refresh
	@$(PY) -c 'import rankings; from rankings.report import pictures; \
	  story = rankings.ask("VNM", 2018, "30:50", 2020); \
	  pictures.strip(story).save("docs/viet-nam-2018.png")'

# For this machine only, with Jupyter's token; it asks nobody for news, updates or extensions.
LAB_ROOT ?= $(CURDIR)
LAB_OPTIONS ?=
explore: build ## open the explorer in the browser
	@$(RANKINGS) explore $(EXPLORE_OPTIONS)

lab: build ## open JupyterLab at the first notebook
	@$(PY) -m jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.ip=127.0.0.1 \
	  --ServerApp.root_dir="$(LAB_ROOT)" --LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate --LabApp.news_url= \
	  --LabApp.extension_manager=readonly $(LAB_OPTIONS)

messages: $(STAMP) ## collect the messages and compile every language
	@$(PY) -m babel.messages.frontend -q extract -F babel.cfg -k plural:1,2 -k meaning:1c,2 \
	  -k known --no-location --sort-output --omit-header -o rankings/language/locale/rankings.pot \
	  rankings notebooks pipelines data/raw
	@for po in rankings/language/locale/*/LC_MESSAGES/rankings.po; do test ! -e "$$po" || { \
	  language=$${po#rankings/language/locale/}; language=$${language%%/*}; \
	  $(PY) -m babel.messages.frontend -q update -N --ignore-obsolete --ignore-pot-creation-date \
	    -l "$$language" -i rankings/language/locale/rankings.pot -o "$$po" && \
	  $(PY) -m rankings.language.extraction "$$po"; } || exit 1; done

checksums: ## after a meant change of data/raw: renew CHECKSUMS.sha256
	@cd data/raw && sha256sum *.csv SOURCES.md | LC_ALL=C sort -k 2 > CHECKSUMS.sha256

format: $(STAMP) ## let ruff fix and format code and notebooks
	@$(PY) -m ruff check --quiet --fix --exit-zero .
	@$(PY) -m ruff format --quiet .

# Pins that still fit are kept; `make lock UPGRADE=1` takes the newest of everything.
lock: $(STAMP) ## recompile requirements.lock from pyproject.toml
	@echo "Resolving pyproject.toml"
	@mkdir -p build
	@test -x build/lock-tools/bin/uv || { $(PY) -m venv build/lock-tools && \
	  build/lock-tools/bin/python -m pip install -qq 'uv>=0.8'; }
	@cp requirements.lock build/requirements.lock
	@build/lock-tools/bin/uv pip compile --quiet --no-config --universal \
	  --fork-strategy fewest --python-version 3.11 --extra dev --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  $(if $(UPGRADE),--upgrade) -o build/requirements.lock pyproject.toml > build/lock.log
	@{ printf '%s\n' \
	  '# Every package of the project and of its "dev" extra, pinned with hashes.' \
	  '# Made from pyproject.toml by `make lock`; do not edit by hand.' \
	  '# Installed by `make install`.'; \
	  grep -v '^#' build/requirements.lock; } > build/requirements.new
	@mv build/requirements.new requirements.lock
	@git diff --stat -- requirements.lock 2>/dev/null || true

clean: ## remove what was built; the environment and raw data stay
	@rm -rf build data/store .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find data/processed -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true
	@find rankings tests notebooks -type d \
	  \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
