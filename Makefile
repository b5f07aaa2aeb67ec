# `make` lists the targets. Needs GNU make 3.81 or later, a POSIX shell and Python 3.11 or later; nothing else.

PORT ?= 8000
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11

VENV := .venv
PY := $(VENV)/bin/python
BUSY := 75
TEST_PROCESSES ?= 2
# run, seed and precalc work on the SQLite file in this folder, whatever the shell's environment says.
UNSET := $(foreach name,$(filter IDEEZA_% STATSD_% DATABASE_URL REDIS_URL SECRET_KEY ALLOWED_HOSTS DJANGO_SETTINGS_MODULE,$(.VARIABLES)),-u $(name))
LOCAL := env $(UNSET) DEBUG=true $(PY)
# A check needs no running service and no secret.
CHECK := env DJANGO_SETTINGS_MODULE=ideeza.test_settings TEST_DATABASE_URL= TEST_REDIS_URL= $(PY)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run seed precalc test check lint fmt types bench bench-guard tracker image-check screenshots up down logs clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

run: $(VENV)/installed  ## serve on http://127.0.0.1:8000 from a SQLite file, with sample data (PORT=8000)
	@$(LOCAL) -m ideeza.serve check $(PORT)
	@$(LOCAL) manage.py migrate --verbosity 0
	@$(LOCAL) manage.py seed_data --events 2000 --visits 300
	@$(LOCAL) manage.py precalculate_stats || test $$? -eq $(BUSY)
	@echo
	@$(LOCAL) manage.py create_login ideeza ideeza
	@echo "Swagger UI   http://127.0.0.1:$(PORT)/swagger/"
	@echo "Admin        http://127.0.0.1:$(PORT)/admin/"
	@echo "Health       http://127.0.0.1:$(PORT)/readyz"
	@echo
	@echo "Dashboard    http://127.0.0.1:$(PORT)/"
	@exec $(LOCAL) -m ideeza.serve serve $(PORT)

seed: $(VENV)/installed  ## add sample blogs and views to the SQLite file, unless it has views
	$(LOCAL) manage.py migrate --verbosity 0
	$(LOCAL) manage.py seed_data

precalc: $(VENV)/installed  ## roll up the facts of the SQLite file into summaries
	$(LOCAL) manage.py migrate --verbosity 0
	$(LOCAL) manage.py precalculate_stats

test: $(VENV)/installed-dev  ## run every test, on SQLite or on TEST_DATABASE_URL and TEST_REDIS_URL
	$(PY) -m pytest src
	$(PY) -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile analytics

check: lint types  ## lint, types, import contracts, migrations, Django's own checks
	$(CHECK) manage.py check --fail-level WARNING
	$(CHECK) manage.py makemigrations --check --dry-run
	$(PY) -m pip check

lint: $(VENV)/installed-dev  ## ruff, black, deno (JavaScript and CSS) and the import contracts, changing nothing
	$(PY) -m ruff check .
	$(PY) -m black --quiet --check --diff .
	$(VENV)/bin/deno fmt --check --quiet
	$(VENV)/bin/deno lint --quiet
	$(VENV)/bin/lint-imports --no-logo

fmt: $(VENV)/installed-dev  ## format and sort the code in place
	$(PY) -m ruff check --fix --quiet .
	$(PY) -m black --quiet .
	$(VENV)/bin/deno lint --fix --quiet
	$(VENV)/bin/deno fmt --quiet

types: $(VENV)/installed-dev  ## mypy --strict, of everything but tests and migrations
	$(CHECK) -m mypy

bench: $(VENV)/installed-dev  ## measure the figures of docs/benchmarks.md (needs PostgreSQL and Redis)
	$(PY) -m pip install -qq --disable-pip-version-check -r bench-requirements.txt
	$(PY) -m bench

bench-guard: $(VENV)/installed-dev  ## fail if something is three times slower than it was, beside the plain way
	@$(PY) -m bench.guard

tracker: $(VENV)/installed-dev  ## minify the tracker again after a change (deno fetches esbuild)
	@$(PY) -m bench.minify_tracker

image-check:  ## build and run the image without Docker (needs root, buildah and debootstrap; takes minutes)
	@.ci/image-check

screenshots: $(VENV)/installed-dev  ## take the pictures of the README again (needs Chromium)
	$(PY) -m bench.screenshots

up: .env  ## build and start everything in Docker: nginx, web, scheduler, worker, PostgreSQL, Redis
	docker compose up --build --detach
	@echo "http://127.0.0.1:$(PORT)/swagger/   (first user: docker compose exec web python manage.py createsuperuser)"

down:  ## stop what `make up` started, and keep the data
	docker compose down

logs:  ## follow the logs of what `make up` started
	docker compose logs --follow --tail 100

clean:  ## remove what make created, never the data
	rm -rf $(VENV) build src/*.egg-info static_root .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The secrets of a Docker installation, created once: one signs the tokens, the other is the password of PostgreSQL.
.env:
	@umask 077; secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }; \
	printf 'SECRET_KEY=%s\nPOSTGRES_PASSWORD=%s\nALLOWED_HOSTS=localhost,127.0.0.1\n' "$$(secret)" "$$(secret)" > $@
	@echo "Wrote .env with new secrets. Keep it."

# Each stamp file is newer than the requirements it stands for, so packages are installed again only when these change.
$(VENV)/installed: requirements.txt pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing requirements.txt ..."
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements.txt clickhouse-requirements.txt dev-requirements.txt pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing dev-requirements.txt ..."
	@$(PY) -m pip install -qq --disable-pip-version-check -r dev-requirements.txt
	@touch $@ $(VENV)/installed

# Created again when its Python no longer runs, as after an upgrade of the system's Python.
.PHONY: gone
$(VENV)/pyvenv.cfg: $(shell test -x $(PY) || echo gone)
	@for python in $(PYTHON); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or later is needed: apt-get install python3 python3-venv, or brew install python." >&2; \
	  echo "If it is installed under another name: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$$python has no venv module: apt-get install python$$version-venv (or python3-venv)." >&2; exit 1; \
	fi; \
	echo "Creating $(VENV) with $$("$$python" --version) ..."; "$$python" -m venv --clear $(VENV)
