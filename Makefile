PYTHON ?= $(shell command -v python3.11 || command -v python3)
.DEFAULT_GOAL := help
.PHONY: help setup dev s3 quickstart test sabotage laws faults bench evaluate queries sql-service-test cluster-test airflow-test audit lint clean

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: ## a fresh machine with Python 3.11 to a working environment in .venv
	@$(PYTHON) infra/setup.py

dev: ## the same, and what the tests need in .venv-dev
	@$(PYTHON) infra/setup.py --dev

s3: ## the same, and the jars by which Spark reaches object stores that speak S3
	@$(PYTHON) infra/setup.py --s3

CLASSES := .venv/lib/python3.11/site-packages/pyspark/brickyard.jsa

quickstart: setup ## the main job on real input, then the answers to three questions
	@if [ -e $(CLASSES) ]; then .venv/bin/brickyard curate --config preset:quickstart; \
	else BRICKYARD_ARCHIVE_CLASSES=$(CLASSES).new .venv/bin/brickyard curate --config preset:quickstart \
	  && mv -f $(CLASSES).new $(CLASSES); fi
	@.venv/bin/brickyard sql --config preset:quickstart --file sql/funnel.sql --file sql/drop_reasons.sql --file sql/largest_groups.sql
	@cat docs/next_steps.txt

# in the files' order: xdist would put those with few tests last, and they take longest
test: dev ## all tests, a file at a time on each core
	@.venv-dev/bin/python -m pytest tests --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

SIZE ?= small
ROWS ?= signatures,tokens,training,near,real,components,kmeans,semantic,growth,skew,memory,increment,embeddings,vectors
RUNS ?= 3
PROGRAMS ?=
# peers read settings from the environment, text-dedup one called ROWS
unexport SIZE ROWS RUNS PROGRAMS

bench: setup ## against its peers: SIZE=small|issue|large, ROWS=near,..., RUNS=3, PROGRAMS=rensa,..., BRICKYARD_DATA=FOLDER
	@$(PYTHON) -m tests.bench.setup
	@.venv/bin/python -m tests.bench.run --size $(SIZE) --rows $(ROWS) --runs $(RUNS) --programs "$(PROGRAMS)"

EXPERIMENTS ?= E6,E7,E8

evaluate: dev ## how far the gauge's numbers may be believed: EXPERIMENTS=E6,E7,...; docs/evaluation.json
	@.venv-dev/bin/python -m tests.evaluation.run --experiments $(EXPERIMENTS)

sabotage: dev ## break the library in a dozen ways, and see the tests notice
	@.venv-dev/bin/python -m tests.sabotage.run

DOCUMENTS ?= 2000
unexport DOCUMENTS

laws: setup ## the same rows under other settings, executors and batches: DOCUMENTS=2000
	@.venv/bin/python -m tests.bench.laws --documents $(DOCUMENTS)

PARTS ?= kills,writers,reader,damages,disks
POINTS ?= 24
RANDOM ?= 60
MINUTES ?= 100000
JOBS ?= 1

faults: dev ## kill runs, let writers meet, damage logs, fill disks: PARTS=kills,... POINTS=24 RANDOM=60 JOBS=2 MINUTES=30; hours
	@.venv-dev/bin/python -m tests.faults.run --parts $(PARTS) --points $(POINTS) --random $(RANDOM) --minutes $(MINUTES) --jobs $(JOBS)

RECORDS ?= 1000000

queries: setup ## analysts' questions, Spark against DuckDB, and bytes read: RECORDS=1000000; docs/queries.json
	@.venv/bin/python -m tests.bench.queries --records $(RECORDS)

sql-service-test: setup ## the SQL service: beeline on all files of sql/, eight clients for a minute; docs/sql-service.json
	@.venv/bin/python -m tests.bench.service

airflow-test: setup ## the DAG in a real Airflow, in an environment of its own
	@.venv/bin/python -m tests.airflow.run

audit: ## ask for known advisories on all locked packages, in an environment of its own
	@$(PYTHON) -m infra.audit

STEPS ?= cluster,killed,s3,lease,writers,secure,workers

cluster-test: dev s3 ## laptop, cluster, object storage, killed executors, two writers, a secured cluster (40 minutes): STEPS=s3,...
	@.venv-dev/bin/python -m tests.cluster.run --steps $(STEPS)

lint: dev ## formatting, lint, types, import rules
	@.venv-dev/bin/ruff check . && .venv-dev/bin/ruff format --check . && .venv-dev/bin/mypy && .venv-dev/bin/lint-imports
	@.venv-dev/bin/shellcheck $$(grep -rlE '^#!/usr/bin/env bash' infra .ci)

clean: ## remove the environments and the quickstart's warehouse
	@rm -rf .venv .venv-dev .venv-bench .venv-airflow .venv-audit warehouse/quickstart warehouse/bench
