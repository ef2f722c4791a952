# Everything a person or a machine does with this project. "make help" lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# What builds and checks a release, each package by its hashes, apart from all else.
TOOLS  := .release
# Processes that share the tests; each keeps to one thread.
WORKERS ?= 2
# Without compiled files on disk, each of the many processes that tests start would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test lint types imports tests slow fuzz bench results load images docs docs-full notebooks format dist release-check \
        sbom lock clean
.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

install: $(STAMP)  ## Make .venv and install offbeat with all it needs

$(STAMP): pyproject.toml constraints.txt src/offbeat/version.py
	$(PYTHON) -m venv $(VENV)
	# The pip that comes with Python takes twice as long to choose among versions.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --upgrade 'pip>=25'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@touch $@

demo: install  ## Run the main job: learn normal heartbeats, find the others, report
	$(BIN)/offbeat demo

test: lint imports  ## Run every check; types are checked while the tests run
	$(MAKE) --jobs=2 types tests

lint: install  ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install  ## Check types, strictly
	$(BIN)/mypy

imports: install  ## Check that imports go one way
	$(BIN)/lint-imports

tests: install  ## Run the tests, but for the slow ones
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

slow: install  ## Run the longer training runs, too
	$(BIN)/python -m pytest -q -m slow

fuzz: install  ## Damage inputs of every kind 5,000 times; CASES=… and SEED=… choose others
	OFFBEAT_FUZZ=$(or $(CASES),5000) OFFBEAT_FUZZ_SEED=$(or $(SEED),0) $(BIN)/python -m pytest -q -rP tests/fuzz

bench: install  ## Time things, as ratios from one run
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/peers.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/networks.py
	$(BIN)/python benchmarks/recordings.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/portable.py

results: install  ## Write the tables of the pages anew from benchmarks/results
	$(BIN)/python scripts/fill_results.py

load: install  ## Put the service under load for ten minutes, kill it for five, ask it nonsense; MINUTES=… chooses others
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/service.py load --minutes $(or $(MINUTES),10)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/service.py kill --minutes $(or $(MINUTES),5)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/service.py hostile

images: install  ## Draw the images of the README anew
	$(BIN)/python scripts/draw_images.py
	$(BIN)/python scripts/take_pictures.py

docs: install  ## Build the documentation site into site/; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-full: install  ## Build the site, and execute every notebook and all Python of the pages, which takes longer
	NO_MKDOCS_2_WARNING=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -m slow tests/docs tests/test_notebooks.py tests/test_readme.py

notebooks: install  ## Execute the notebooks of the documentation, and write their outputs
	OMP_NUM_THREADS=1 $(BIN)/python scripts/run_notebooks.py

format: install  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dist: $(TOOLS)/.installed  ## Build the sdist and the wheel of the last commit into dist/, twice, and compare
	$(TOOLS)/bin/python scripts/release/dist.py

release-check: dist  ## Install what is in dist/ into clean environments, and use it; PYTHONS="3.11 3.13", EXTRAS="core all"
	$(TOOLS)/bin/python scripts/release/check.py --pythons $(PYTHONS) --extras $(or $(EXTRAS),core all)

sbom: dist  ## Write which packages a release brings (CycloneDX), for the core and for [all], beside it
	$(TOOLS)/bin/python scripts/release/sbom.py

lock: $(TOOLS)/.installed  ## Choose the newest tools of a release, and keep them by their hashes
	$(TOOLS)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command "make lock" -o scripts/release/requirements.txt scripts/release/requirements.in

$(TOOLS)/.installed: scripts/release/requirements.txt
	$(PYTHON) -m venv --clear $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r scripts/release/requirements.txt
	@touch $@

clean:  ## Remove what was made
	rm -rf $(VENV) $(TOOLS) build dist site demo-output reproduce-output .mypy_cache .pytest_cache .ruff_cache .hypothesis
