# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

package := ansible_collections.alga.appliance
main := tools/run --main
oldest := tools/run --oldest
node := tools/run python -m $(package).tests.appliance.node
# What follows runs with the node's kubeconfig and tools.
on_node = settings=$$($(node) env) && eval "$$settings" &&
faults := $(main) python -m $(package).tests.faults
# What "make test" does beside the integration tests, which have nodes of their own.
beside_integration := lint sanity unit model talos appliance molecule faults-sample
# The stand-in application and its chart are no Ansible content, and Helm templates are no YAML.
sanity_skips := --exclude tests/appliance/

.PHONY: help appliance test lint sanity unit model talos talos-versions metal integration molecule bench faults faults-sample faults-report docs decisions permissions charts roles node \
  node-down node-status

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# A cluster of the user's own takes the node's place here, and nowhere else: the tests wipe what they find.
appliance: ## Install an appliance on a real Talos machine, recover it, and see fresh refuse its data (with KUBECONFIG: on that cluster)
	@tools/run tests/appliance/demonstration $(KUBECONFIG)

test: ## Run all linters and all tests
	@tools/verdicts "$(MAKE) --no-print-directory integration" -- \
	  $(foreach step,$(beside_integration),"$(MAKE) --no-print-directory $(step)")

lint: ## Run the linters
	@$(main) tools/verdicts \
	  "ruff check" \
	  "ruff format --check" \
	  "mypy -p $(package).plugins -p $(package).tests -p $(package).molecule" \
	  "yamllint --strict ." \
	  "ansible-lint --offline --profile production" \
	  "antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck --validate-collection-refs=dependent --disallow-unknown-collection-refs ." \
	  "antsibull-changelog lint" \
	  "codespell" \
	  "reuse lint --quiet" \
	  "shellcheck .ci/run tools/environment tools/run tools/tree tools/ansible-test tools/verdicts \
	    tests/appliance/metal/boot/start tests/appliance/metal/boot/udevadm tests/appliance/metal/image_contexts/own/kubelet/rootfs/usr/local/bin/kubelet"

# The environments between the newest and the oldest, each named after its ansible-core.
between := 2.20 2.18

# What judges the text of files is left to the newest and the oldest, as it hardly depends on ansible-core.
sanity: text_alone := $(addprefix --skip-test ,changelog pep8 pylint yamllint)
sanity: ## Run ansible-test sanity with the newest and the oldest ansible-core; with those between, what depends on Ansible
	@tools/verdicts "tools/ansible-test main sanity $(sanity_skips)" \
	  $(foreach environment,$(between),"tools/ansible-test $(environment) sanity $(sanity_skips) $(text_alone)") \
	  "tools/ansible-test oldest sanity $(sanity_skips)"

# The other unit tests come to the same answer with every ansible-core, and run with the newest and the oldest.
unit: with_ansible := $(addprefix tests/unit/,plugin_utils adapters/escrow documentation/test_examples.py documentation/test_playbooks.py)
unit: ## Run the unit tests with the newest ansible-core, by ansible-test, and with the oldest; with those between, what depends on Ansible
	@tools/verdicts "tools/ansible-test main units" \
	  $(foreach environment,$(between),"tools/run --$(environment) pytest $(with_ansible)") \
	  "$(oldest) pytest tests/unit"

# HISTORIES: the seed of the histories; random draws new ones.
model: ## Run 100,000 random histories of runs, faults and kills against a model of the appliance
	@$(main) pytest tests/model $(if $(HISTORIES),--hypothesis-seed=$(HISTORIES))

# KILLS: how many kills, four in each machine's life; KILLS_TABLE: a file for their table.
talos: ## Test the real talosctl on a real Talos machine in a container, and on a simulated one what a container cannot do
	@$(node) build
	@$(on_node) KILLS=$(KILLS) KILLS_TABLE=$(KILLS_TABLE) $(main) pytest tests/talos

talos-versions: VERSIONS ?= 1.13.0 1.14.1
talos-versions: ## Test Talos machines with clients of the same version and one version apart (VERSIONS; builds each)
	@$(on_node) VERSIONS="$(VERSIONS)" VERSIONS_TABLE=$(VERSIONS_TABLE) $(main) pytest tests/talos/versions_apart.py

# VERSION: of Talos, instead of the usual one; NEWER: a version to upgrade to as well, such as 1.14.1.
metal: NEWER ?=
metal: VERSION ?=
metal: ## Install, reboot, upgrade and wipe a real Talos machine with disks (an hour the first time, then half an hour)
	@ALGA_METAL_VERSION=$(VERSION) ALGA_METAL_NEWER=$(NEWER) $(main) pytest -x tests/metal

# GROUND=talos: on real Talos machines in the nodes' place.
integration: ## Run the integration tests on two nodes in parallel (with TESTS: only those, on one node)
	@$(main) python -m $(package).tests.scenarios.lanes $(TESTS)

molecule: node ## Run the molecule scenarios against the node
	@$(on_node) $(main) molecule test --all --no-command-borders

bench: node ## Compare run times: modules with other collections, a first run with the bare commands, a no-op recover with empty plays
	@$(on_node) $(main) python -m $(package).tests.bench.run

# FAULTS: how many interruptions of the plan; SEED: which plan; SHARE: which part of it, for several nodes at once, such as 1/2.
faults: FAULTS ?= 200
faults: SEED ?= 1
faults: SHARE ?= 1/1
faults: JOURNAL ?= .build/faults/journal.jsonl
faults: node ## Interrupt the playbooks FAULTS times and check the result; continues an earlier run with the same SEED
	@$(on_node) $(faults) run --count $(FAULTS) --seed $(SEED) --share $(SHARE) --journal $(JOURNAL)

faults-sample: node ## Interrupt the playbooks for ten minutes, after testing the checks themselves
	@$(on_node) $(faults) sample

faults-report: JOURNALS ?= .build/faults/journal.jsonl
faults-report: ## Generate docs/reliability.md from the JOURNALS of make faults
	@$(faults) report $(JOURNALS)

docs: ## Generate the HTML documentation of modules and roles in .build/docs/html
	@rm -rf .build/docs && mkdir -p -m 755 .build/docs/rst
	@$(main) antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir .build/docs/rst alga.appliance
	@$(main) sphinx-build -q -C -D extensions=sphinx_antsibull_ext -D project=alga.appliance \
	  -D suppress_warnings=ref.ref .build/docs/rst .build/docs/html
	@echo "Written: .build/docs/html/index.html"

decisions: ## Generate docs/decisions.md from the decision rules
	@$(main) python -m $(package).tests.unit.documentation.decision_table

permissions: ## Generate docs/permissions.md from the required permissions
	@$(main) python -m $(package).tests.unit.documentation.permission_page

charts: ## Generate docs/charts.md from what the chart check looks for
	@$(main) python -m $(package).tests.unit.documentation.chart_page

roles: ## Write the roles' defaults, argument specs and READMEs from the table of settings
	@$(main) python -m $(package).tests.unit.documentation.role_pages

node: ## Start the test appliance's Kubernetes node (20 minutes the first time, then under a minute)
	@$(node) up

node-down: ## Stop the node and remove it completely
	@$(node) down

node-status: ## Show whether the node and its components are running
	@$(node) status
