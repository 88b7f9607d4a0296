# Needed beforehand: Python 3.11 or newer, and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo lock test test-slow test-slurm test-wheel mutation fuzz check format docs site site-links figures clean
.PHONY: benchmark-accuracy benchmark-reading benchmark-real benchmark-reliability benchmark-scale benchmark-whole-job

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

help:  ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /make \1: /p' Makefile

demo: $(READY)  ## two real runs, then a small simulated crossover study with calibrators
	lcms run . --cores 2 --config results=demo/real
	lcms simulate demo/simulated --preset plain --seed 7 --study crossover --subjects 6
	lcms run demo/simulated --cores 2
	@echo
	@echo "Real runs: a bacterial culture medium, and a mix of standards without lactoyl amino acids"
	@lcms show demo/real
	@echo
	@echo "Simulated crossover: two subjects (the truth is in demo/simulated/truth.tsv)"
	@lcms show demo/simulated/results -t Lac-Leu -t Lac-Ile -t Lac-Val -t Lac-Phe -r 'S0[12]_*'
	@echo
	@echo "Tables: demo/real/*.parquet and demo/simulated/results/*.parquet"
	@echo "Look at: demo/real/report.html, demo/simulated/results/report.html, and the study in"
	@echo "demo/simulated/results/study.html (its true effects: demo/simulated/truth_study.tsv)"

test: $(READY)  ## the quick tests
	$(BIN)/pytest -q -n auto

test-slow: $(READY)  ## whole workflows through snakemake
	$(BIN)/pytest -q -m slow

test-slurm: $(READY)  ## the same tables through a Slurm of three nodes on this host, if it can be had
	@tests/slurm/install.sh || [ $$? = 77 ]
	$(BIN)/pytest -q -rs -m slurm tests/slurm

test-wheel: $(READY)  ## build the wheel, install it into an empty environment, run a study there
	PYTHON=$(BIN)/python tests/wheel/try.sh

mutation: $(READY)  ## how many small faults in the method the unit tests notice (an hour)
	$(BIN)/python benchmarks/mutation.py

fuzz: $(READY)  ## the readers and the sheet parsers, ten minutes each, guided by coverage
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python benchmarks/fuzzing.py --seconds 600 --keep --write

check: $(READY)  ## style, types, import contracts, workflow format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

data: $(READY)  ## the tables of isobars and source fragments, from those of their building blocks
	$(BIN)/python -m lcms.io.reference.combined_tables src/lcms/data

docs: $(READY)  ## the pages that are made from the declarations
	$(BIN)/python -m lcms.io.documentation docs/tables.md docs/flags.md config/README.md config/config.yaml

lock:  ## requirements.lock: the versions of requirements.txt with their hashes
	uv pip compile --quiet --generate-hashes --no-annotate --no-deps --custom-compile-command "make lock" requirements.txt --output-file requirements.lock

site: $(READY)  ## the documentation as pages: build/site/index.html; a broken link is an error
	$(BIN)/sphinx-build --quiet --fresh-env --fail-on-warning --keep-going -c docs . build/site
	@echo "Look at: build/site/index.html"

site-links: $(READY)  ## whether every address outside of the documentation answers; needs the internet
	$(BIN)/sphinx-build -b linkcheck -c docs . build/links

figures: $(READY)  ## the figures of docs/method.md
	$(BIN)/python docs/figures.py

benchmark-accuracy: $(READY)  ## docs/benchmarks.md: simulated batches against their truth
	$(BIN)/python benchmarks/accuracy.py --peer --write

benchmark-reading: $(READY)  ## docs/benchmarks.md: reading over what decoding must cost
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[benchmark]'
	$(BIN)/python benchmarks/reading.py --write

benchmark-real: $(READY)  ## areas of two real runs beside those of mzmine
	$(BIN)/python benchmarks/real_areas.py

benchmark-scale: $(READY)  ## docs/benchmarks.md: what a run costs as their number grows (an hour)
	$(BIN)/python benchmarks/scale.py --write

benchmark-whole-job: $(READY)  ## docs/benchmarks.md: mzML to tables, over the cost of decoding
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[benchmark]'
	$(BIN)/python benchmarks/whole_job.py --targets 20 200 2000 --write

benchmark-reliability: $(READY)  ## docs/reliability.md: changed bytes, kills, memory (an hour)
	for section in defects bytes kills worker; do $(BIN)/python benchmarks/reliability.py $$section --write; done

clean:
	rm -rf .venv demo results .snakemake
