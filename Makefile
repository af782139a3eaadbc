# make demo    a first picture: installs into .venv, writes stateviz-demo/
# make install installs into .venv what the tests need, and the package in place
# make test    installs into .venv, runs every test; `.venv/bin/pytest -m "not slow"` leaves out those of over 20 s
# make lint    ruff check, ruff format --check, mypy
# make docs    the site, into docs/_build/html; warnings are errors, nothing is fetched
# make figures the pictures of the README and the site
# make wheel   dist/stateviz-VERSION-py3-none-any.whl, which the first cell of each notebook installs
# make clean   removes .venv and what was built

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
INSTALL := $(PIP) install --quiet --disable-pip-version-check -c constraints.txt

# A stamp is newer than what the installed packages depend on, so a repeated make installs nothing. The package is
# installed in place (-e): an edit needs no new install.
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
DOCS_STAMP := $(VENV)/.installed-docs

.PHONY: demo install test lint docs figures wheel clean

demo: $(STAMP)
	$(BIN)/stateviz demo

install: $(TEST_STAMP)

test: $(TEST_STAMP)
	$(BIN)/python -m pytest -q

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# From nothing each time: a page that did not change would not repeat its warnings.
docs: $(DOCS_STAMP)
	rm -rf docs/_build docs/reference/generated
	$(BIN)/python -m sphinx -n -W -q --keep-going -b html -d docs/_build/doctrees docs docs/_build/html

figures: $(STAMP)
	$(BIN)/python figures/make.py

wheel: $(BIN)/python
	$(PIP) wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@ls dist/*.whl

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("stateviz needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(STAMP): $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) -e '.[python-tsp]'
	@touch $@

$(TEST_STAMP): $(STAMP)
	$(INSTALL) -e '.[python-tsp,test]'
	@touch $@

$(DOCS_STAMP): $(STAMP)
	$(INSTALL) -e '.[python-tsp,docs]'
	@touch $@

clean:
	rm -rf $(VENV) build dist docs/_build docs/reference/generated .pytest_cache .mypy_cache .ruff_cache
