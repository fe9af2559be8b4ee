# Everything is set up in .venv on the first call, from Python 3.11 and pip alone. `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed
# scripts/bench and scripts/parity run beside other versions of the libraries, in environments of their own.
SCRIPTS := $(shell find scripts -name "*.py" -not -path "scripts/bench/*" -not -path "scripts/parity/*" 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo tour notebooks test check bench parity format format-check lint types contracts tests clean

help:  ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "hypergen needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@test -x $(BIN)/python || { echo "== creating .venv"; $(PYTHON) -m venv .venv; }
	@echo "== installing hypergen with the tested versions of constraints.txt (minutes, the first time)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY)  ## the whole method in minutes, on artificial languages: runs/demo/report.html
	@if [ -e runs/demo ]; then \
		kept="runs/demo-$$(date +%Y-%m-%d-%H%M%S)" && mv runs/demo "$$kept" && echo "== the demo before is kept in $$kept"; \
	fi
	@echo "== languages made from typology, a backbone, a generator, and what languages get that nothing was trained on"
	@$(BIN)/hypergen demo --out runs/demo
	@echo "== open $(CURDIR)/runs/demo/report.html in a browser; what else there is to try: make tour"

tour: $(READY)  ## what comes along: an adapter for Yucatec Maya; with HYPERGEN_DATA set, train and score a generator
	@rm -rf runs/tour
	@echo "== what hypergen knows about Yucatec Maya (yua)"
	@$(BIN)/hypergen languages show yua
	@echo "== an adapter for it, generated from its typology, in runs/tour/yua"
	@$(BIN)/hypergen generate yua --out runs/tour/yua
	@echo "== what the adapter changes: the word after \"My name is\""
	@$(BIN)/python scripts/use_adapter.py runs/tour/yua "In k'aaba'e' [MASK]."
	@if [ -n "$$HYPERGEN_DATA" ]; then \
		echo "== sorting the text of $$HYPERGEN_DATA, training a generator on 52 languages for 100 steps, and scoring it"; \
		$(BIN)/python scripts/prepare_text.py --data "$$HYPERGEN_DATA" --out runs/text \
		&& $(BIN)/hypergen train --config configs/train/madg-mini.yaml --steps 100 --out runs/tour/train \
		&& $(BIN)/hypergen evaluate --bundle runs/tour/train/bundle --text.directory runs/text/all \
			--text.languages '[mri, xho, eus, swh, ewe]' --splits configs/languages/splits.yaml; \
	else echo "== no text: set HYPERGEN_DATA to a directory as docs/results/README.md describes, and make tour trains"; fi

notebooks: $(READY)  ## run the notebooks and keep what they print and draw (minutes)
	@$(BIN)/python scripts/run_notebook.py notebooks/*.ipynb

test: check  ## set up, then run every check

check: format-check lint types contracts tests  ## format, lint, types, import contracts, tests and doctests

bench:  ## measure against other implementations (makes environments of its own)
	@bash scripts/bench.sh

parity:  ## exported adapters in AdapterHub and PEFT, and theirs here (makes environments of its own)
	@bash scripts/parity.sh

format: $(READY)  ## rewrite the code in the project's format
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format .

format-check: $(READY)
	@echo "== format"
	@$(BIN)/ruff format --check --diff --quiet .

lint: $(READY)  ## ruff
	@echo "== lint"
	@$(BIN)/ruff check .

types: $(READY)  ## mypy, strict
	@echo "== types"
	@$(BIN)/mypy hypergen $(SCRIPTS)

contracts: $(READY)  ## import-linter: imports go down only
	@echo "== import contracts"
	@$(BIN)/lint-imports --no-logo

tests: $(READY)  ## pytest with doctests, shapes checked
	@echo "== tests"
	@$(BIN)/python -m pytest

clean:  ## remove the environment, caches and what the demo and the tour wrote last
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache runs/demo runs/tour
	find hypergen tests scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
