# make serve: build the graph and serve it; make test: run the tests; make fuzz: made-up requests; make screenshots: pictures of the site; make install: after an edit.
# make soak: an hour of load with faults, MINUTES=N for less; make benchmark: against other servers.
# Needs Linux, Python 3.11+ and nothing else.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
SOURCES := pyproject.toml README.md LICENSE $(shell find ontology graph shapes queries server -type f -not -name '*.pyc')

CASES ?= 60000
MINUTES ?= 60

.PHONY: install serve test fuzz screenshots soak benchmark check clean

install: .venv/installed

serve: .venv/installed
	@echo "cami: building the graph into .cami and serving it on http://127.0.0.1:$(PORT)/ (stop with Ctrl-C)"
	@$(BIN)/cami build --out .cami
	@$(BIN)/cami serve --build .cami --port $(PORT)

test: .venv/installed-test
	@echo "cami: running the tests"
	@$(BIN)/python -m pytest -q -m "not alone" --numprocesses 2 --dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m pytest -q -m alone

fuzz: .venv/installed-test
	@echo "cami: sending $(CASES) made-up requests"
	@$(BIN)/pip install --quiet --disable-pip-version-check '.[fuzz]'
	@CAMI_FUZZ=$(CASES) $(BIN)/python -m pytest -q -s tests/test_fuzz.py

screenshots: .venv/installed-test
	@echo "cami: walking through the site in Chromium; pictures go to screenshots/"
	@CAMI_SCREENSHOTS=$(CURDIR)/screenshots $(BIN)/python -m pytest -q tests/browser/test_stories.py

soak: .venv/installed-test
	@echo "cami: $(MINUTES) minutes of mixed load with faults"
	@$(BIN)/python tests/soak.py $(MINUTES)

benchmark: .venv/installed-test
	@echo "cami: comparing with other servers; needs wrk"
	@$(BIN)/pip install --quiet --disable-pip-version-check '.[benchmark]'
	@$(BIN)/python tests/benchmarks/run.py

check:
	@bash .ci/run

clean:
	rm -rf .venv .cami build dist screenshots *.egg-info

.venv/bin/python:
	@echo "cami: creating a virtual environment in .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cami: needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -m venv .venv

# build/ keeps deleted files alive in the next install, so it goes first.
.venv/installed: .venv/bin/python $(SOURCES)
	@echo "cami: installing into .venv"
	@rm -rf build
	@$(BIN)/pip install --quiet --disable-pip-version-check .
	@touch $@

.venv/installed-test: .venv/bin/python $(SOURCES)
	@echo "cami: installing with the test tools into .venv"
	@rm -rf build
	@$(BIN)/pip install --quiet --disable-pip-version-check '.[test]'
	@touch $@ .venv/installed
