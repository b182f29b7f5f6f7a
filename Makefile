# One word each; `make` alone lists them. Needs python3 3.11 to 3.14 with venv or pip, make and git.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)
VENV ?= .venv
BIN = $(VENV)/bin
SETUP = @VENV="$(VENV)" $(PYTHON) scripts/setup.py
ARGS ?=
JOBS ?= 2
DATA ?=
PORT ?=
PUBLIC_URL ?=
TO ?= looks

.DEFAULT_GOAL := help
.PHONY: help app test lab report bench lint docs gallery pictures look soak walk clean lock

help: ## list these targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "make %-9s %s\n", $$1, $$2}'

app: ## build the workspace, run the reports, serve the apps  [DATA=folder-or-file PORT=8866 PUBLIC_URL=https://…]
	$(SETUP) run
	@PORT="$(PORT)" PUBLIC_URL="$(PUBLIC_URL)" DATA="$(DATA)" $(BIN)/python scripts/app.py

test: ## run all tests, in a real browser too  [ARGS="-k words" JOBS=2]
	$(SETUP) dev
	$(SETUP) browser
	@$(PYTHON) scripts/servers.py
	$(SETUP) spark
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

lab: ## open JupyterLab on the notebooks
	$(SETUP) run
	@$(BIN)/workbench lab

report: ## run every report once into reports/
	$(SETUP) run
	@$(BIN)/workbench report --all

bench: ## measure queries, imports and the apps, side by side  [ARGS=--quick]
	$(SETUP) dev
	$(SETUP) browser
	@$(BIN)/python -m benchmarks $(ARGS)

lint: ## style, formatting and types
	$(SETUP) dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: ## build the guide into docs/_build/html
	$(SETUP) dev
	@$(BIN)/sphinx-build -W --keep-going -q docs docs/_build/html
	@echo "docs/_build/html/index.html"

gallery: ## make every report of the set on the demo world and take its picture
	$(SETUP) dev
	$(SETUP) browser
	@$(BIN)/python docs/take_gallery.py

pictures: ## take the guide's pictures of the app again
	$(SETUP) dev
	$(SETUP) browser
	@$(BIN)/python docs/take_pictures.py

look: ## take every app in every language, theme and width, and list what is amiss  [TO=looks ARGS="home data"]
	$(SETUP) dev
	$(SETUP) browser
	@$(BIN)/python scripts/look.py "$(TO)" $(ARGS)

soak: ## the long runs that `make test` leaves out
	$(SETUP) dev
	$(SETUP) browser
	@$(PYTHON) scripts/servers.py
	$(SETUP) spark
	@$(BIN)/python -m pytest -m soak $(ARGS)

walk: ## every report, both languages, all formats, opened as its reader does; kept in build/walk
	$(SETUP) dev
	$(SETUP) browser
	@mkdir -p build/walk && WALK=$(CURDIR)/build/walk $(BIN)/python -m pytest -m soak tests/reports/test_reports_walk.py $(ARGS)

clean: ## remove the environment and everything that is made again (not your reports and workspaces)
	rm -rf .venv .venv-* .workbench .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist docs/_build

lock: ## write the requirements*.lock files anew
	@VENV=.venv-lock $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/pip install -q uv
	@.venv-lock/bin/python scripts/lock.py
