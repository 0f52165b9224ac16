# Everything that a person or a machine does with this repository. Needs Python 3.11 and make; `make help` lists it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The Python that makes the environments. No environment needs to be active.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# The stage of .chalice/config.json that is packaged.
STAGE ?= dev
# What `make chaos` draws everything from, and how many tasks it tortures.
SEED ?= 7
TASKS ?= 500

# How many processes run the tests.
JOBS ?= 3

# Options of Schemathesis's for `make fuzz`.
FUZZ ?= --max-time 300

PY := .venv/bin/python
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
VENV := .venv/.up-to-date
AWSCLI := .venv-awscli/.up-to-date
CHECKOV := .venv-checkov/.up-to-date

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV) ## show it: real containers, submitted, cancelled, proven dead
	@exec $(PY) -m localcloud.demo

.PHONY: run
run: $(VENV) ## serve the API and its local cloud (PORT=8000)
	@exec $(PY) -m localcloud

# The files in their order: xdist would put those of few tests last, which take longest.
.PHONY: test
test: $(VENV) $(AWSCLI) $(CHECKOV) ## run all tests; chalicelib must be covered to 95 % of its branches
	$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --cov --cov-report= $(PYTEST_ARGS)
	@$(PY) -m coverage report
	@$(PY) -m coverage json --quiet --include='chalicelib/*' -o - | $(PY) -c "$$ENOUGH_BRANCHES"

define ENOUGH_BRANCHES
import json, sys
covered = json.load(sys.stdin)["totals"]["percent_branches_covered"]
print(f"Branches of chalicelib/ covered: {covered:.1f} %")
sys.exit(covered < 95)
endef
export ENOUGH_BRANCHES

.PHONY: check
check: $(VENV) ## lint (security rules included), format, types, dependencies, secrets
	$(PY) -m ruff check .
	$(PY) -m ruff format --check --output-format concise .
	$(PY) -m mypy
	$(PY) -m supervisor.check
	.venv/bin/shellcheck --external-sources scripts/*
	$(PY) -m pip check
	git ls-files -z | xargs -0 $(PY) -m detect_secrets.pre_commit_hook --baseline .secrets.baseline

.PHONY: audit
audit: ## look for known vulnerabilities in what is installed; asks PyPI's advisory database, so it is no part of check
	test -x .venv-audit/bin/pip-audit || $(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python $(PIP_INSTALL) pip-audit==2.10.1
	.venv-audit/bin/pip-audit --disable-pip --no-deps -r requirements.txt -r requirements-dev.txt -r requirements-awscli.txt

.PHONY: bench
bench: $(VENV) ## measure the figures into bench/ (FIGURES="aws_calls ..." for some)
	$(PY) -m bench $(FIGURES)

.PHONY: chaos
chaos: $(VENV) ## torture it, and see whether the promise holds (SEED=7 TASKS=500 CHAOS=--simulated)
	@exec $(PY) -m tests.chaos --seed $(SEED) --tasks $(TASKS) $(CHAOS)

.PHONY: fuzz
fuzz: $(VENV) ## send anything that the API's description allows, and what it does not (FUZZ="--max-time 600 --seed 1")
	@exec $(PY) -m tests.conformance.fuzz $(FUZZ)

.PHONY: mutants
mutants: $(VENV) ## take each guard out, once; a test must fail for each
	@exec $(PY) -m tests.mutants

.PHONY: docs
docs: $(VENV) ## write the pages that say what the code says
	$(PY) docs/generate.py

.PHONY: supervisor
supervisor: $(VENV) ## build calloff-init for both architectures into build/supervisor
	$(PY) -m supervisor.build amd64
	$(PY) -m supervisor.build arm64

.PHONY: sdk
sdk: $(VENV) ## build the wheel of calloff.task, for images of tasks, into build/sdk
	$(PY) -m sdk.build

.PHONY: package
package: $(VENV) ## make build/package: the Lambda's zip and its CloudFormation template (STAGE=dev)
	$(PY) -m infra.package --stage $(STAGE) build/package

.PHONY: deploy
deploy: $(VENV) ## deploy to the AWS account of your environment, as infra/parameters/<STAGE>.yaml says (STAGE=dev)
	@$(PY) -m infra.deploy up --stage $(STAGE)

.PHONY: undeploy
undeploy: $(VENV) ## delete what was deployed, but for the records and what the account shares (STAGE=dev)
	@$(PY) -m infra.deploy down --stage $(STAGE)

.PHONY: outputs
outputs: $(VENV) ## say where what was deployed is (STAGE=dev)
	@$(PY) -m infra.deploy outputs --stage $(STAGE)

.PHONY: deploy-local
deploy-local: $(VENV) ## deploy the package to the emulator, with real containers, and serve it
	@exec $(PY) -m infra.rehearsal build/rehearsal

.PHONY: test-deployed
test-deployed: $(VENV) $(AWSCLI) ## run the deployed tests on the emulator, and where LOCALSTACK_HOST or CALLOFF_TEST_STACK say
	$(PY) -m pytest tests/deployed $(PYTEST_ARGS)

.PHONY: venv
venv: $(VENV) ## make .venv, or bring it up to date

$(VENV): requirements.txt requirements-dev.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

.PHONY: awscli
awscli: $(AWSCLI) ## make .venv-awscli: the AWS CLI, apart

$(AWSCLI): requirements-awscli.txt
	test -x .venv-awscli/bin/python || $(PYTHON) -m venv .venv-awscli
	.venv-awscli/bin/python $(PIP_INSTALL) -r requirements-awscli.txt
	@touch $@

.PHONY: checkov
checkov: $(CHECKOV) ## make .venv-checkov: the judge of templates, apart

$(CHECKOV): requirements-checkov.txt
	test -x .venv-checkov/bin/python || $(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python $(PIP_INSTALL) -r requirements-checkov.txt
	@touch $@

.PHONY: clean
clean: ## remove what tools leave behind, except the environments
	rm -rf build .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .chalice/deployments
	find . -path './.venv*' -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
