# Two commands do it all. PYTHON, PORT and DATA_DIR may be set: make run PORT=9000
PYTHON ?= python3

.PHONY: help run test format messages screenshots bench night stack lock clean

help:
	@echo "make run    the whole site with demo content, at http://localhost:8000"
	@echo "make test   all tests, on SQLite, on PostgreSQL and in a browser"
	@echo "make format tidy the code"
	@echo "make messages  collect the words of the interface for translators, and compile them"
	@echo "make screenshots  pictures of every page, in var/screenshots/: ONLY=\"home story\" SIZES=360 WAYS=dark"
	@echo "make bench  how near the site is to the least that Django could do: BENCH=\"--rows 0 10000\""
	@echo "make night  what breaks while people sign, and what is true afterwards: NIGHT=\"--only kills\""
	@echo "make stack  what nginx, a cache, a pool, a replica and a second machine bring"
	@echo "make lock   choose newer versions of the libraries"
	@echo "make clean  remove what was installed; keeps var/, where the data is"

run:
	@$(PYTHON) scripts/run.py

test:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python scripts/test.py

format:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

messages:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python scripts/messages.py

screenshots:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python scripts/screenshots.py

bench:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python -m tests.load.bench $(BENCH)

night:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python -m tests.load.night $(NIGHT)

stack:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python -m tests.load.stack $(STACK)

# Hashes and no download addresses, so that any mirror of the package index will do.
lock:
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/uv pip compile -q --universal --upgrade --generate-hashes --no-emit-index-url \
		--python-version 3.11 pyproject.toml -o requirements.txt
	@.venv/bin/uv pip compile -q --universal --upgrade --generate-hashes --no-emit-index-url \
		--python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt
	@$(PYTHON) scripts/setup.py requirements-dev.txt
	@.venv/bin/python scripts/dependencies.py

clean:
	rm -rf .venv .cache .ruff_cache .hypothesis .pytest_cache
