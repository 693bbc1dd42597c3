# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the real appliance and of the collection's own marks, each written once."""

from __future__ import annotations

FIELD_MANAGER = "alga.appliance"
COLLECTION_VERSION = "0.1.0"

NAMESPACE = "msp"
RELEASE = "alga-core"
FULLNAME = "alga-core-sebastian"
SERVICE = "db"
PORT = 5432

CREDENTIALS_SECRET = "db-credentials"
SUPERUSER = "postgres"
SUPERUSER_KEY = "DB_PASSWORD_SUPERUSER"
APPLICATION_ROLE = "app_user"
POOLER_ROLE = "app_user_pgbouncer"
POOLER_PORT = 6432
COLLABORATION_ROLE = "hocuspocus_user"
ROLE_KEYS = {
    SUPERUSER: SUPERUSER_KEY,
    APPLICATION_ROLE: "DB_PASSWORD_SERVER",
    POOLER_ROLE: "DB_PASSWORD_PGBOUNCER",
    COLLABORATION_ROLE: "DB_PASSWORD_HOCUSPOCUS",
}
CREDENTIAL_KEYS = tuple(sorted(ROLE_KEYS.values()))

APPLICATION_SECRET_SUFFIX = "-secrets"
PEPPER_KEY = "NEXTAUTH_SECRET"
SHARED_SECRET = "alga-psa-shared"
SHARED_SECRET_KEY = "ALGA_AUTH_KEY"
REDIS_SECRET = "redis-credentials"
REDIS_KEY = "REDIS_PASSWORD"
# Keys that stored data or running sessions depend on (contract, Secrets), by what the core chart appends to its fullname.
APPLICATION_KEYS = ("NEXTAUTH_SECRET", "CRYPTR_KEY", "TOKEN_SECRET_KEY", "IMAP_WEBHOOK_SECRET", "AI_DOCUMENT_API_KEY")
# What later versions of the application's chart generate beside them (contract, Secrets, at HEAD).
LATER_APPLICATION_KEYS = ("COLLAB_PERSIST_API_KEY", "HOCUSPOCUS_JWT_SECRET", "ALGA_LICENSE_SERVICE_SECRET")
WORKER_SECRETS = {
    "workflow-worker-secrets": ("NEXTAUTH_SECRET", "TOKEN_SECRET_KEY", "CRYPTO_KEY"),
    "email-service-secrets": ("NEXTAUTH_SECRET", "TOKEN_SECRET_KEY", "CRYPTO_KEY", "IMAP_WEBHOOK_SECRET"),
    "temporal-worker-secrets": ("INTERNAL_API_SHARED_SECRET", "ALGA_AUTH_KEY", "NEXTAUTH_SECRET"),
}
# Helm releases beside the core chart's, each with workloads of the appliance (contract, Helm releases).
RELEASES_BESIDE = ("pgbouncer", "temporal", "workflow-worker", "email-service", "temporal-worker")
# What one side signs or encrypts with and another side checks or decrypts with, wherever it is kept (F13, F14).
SHARED_KEYS = (
    *("NEXTAUTH_SECRET", "TOKEN_SECRET_KEY", "IMAP_WEBHOOK_SECRET", "ALGA_AUTH_KEY", "INTERNAL_API_SHARED_SECRET"),
    *("CRYPTR_KEY", "CRYPTO_KEY"),
)
# What the core calls a shared key that the workers know by another name.
OTHER_NAMES = {"CRYPTO_KEY": "CRYPTR_KEY"}
# What is kept while helm acts, so that no value is lost that helm replaces (F12).
KEPT_SECRET = "alga-appliance-kept"

DATABASE = "server"
BUILDING_SUFFIX = "_building"
COLLABORATION_DATABASE = "hocuspocus"
LEDGER_SCHEMA = "alga_appliance"
TENANT_LEDGER = f"{LEDGER_SCHEMA}.tenants"
# Rows of a first tenant that was begun and could not be gone on with.
TENANT_ROWS = f"{LEDGER_SCHEMA}.tenant_rows"
QUEUE_SCHEMA = "pgboss"
# Later versions of the application need one row in it, which their own bootstrap makes (contract, B1 at HEAD).
LICENSE_TABLE = "license_state"
LICENSE_SECRET = "appliance-license-seed"
SEED_TABLES = ("tenants", "users", "roles", "permissions", "role_permissions")
ONBOARDING = "onboarding"
SEED_SETS = {
    ONBOARDING: "/app/ee/server/seeds/onboarding",
    "dev": "/app/server/seeds/dev",
}

# What the core chart appends to its fullname, by the section of its values that takes the claim as existingClaim.
CLAIM_SUFFIXES = {"db": "postgres-data", "redis": "redis-data", "server": "storage"}
DATABASE_SECTION = "db"

# Variables of the playbooks that a refusal names.
EXPECT_OPTION = "alga_expect"
RELEASE_LOCK_OPTION = "alga_release_migration_lock"
DRIFT_OPTION = "alga_fail_on_drift"
CONFIRM_OPTION = "alga_confirm"
ROTATE_OPTION = "alga_rotate_roles"
ESCROW_OPTION = "alga_escrow"
CHECK_CHARTS_OPTION = "alga_check_charts"
ADOPT_OPTION = "alga_adopt_secret"
DRIVER_OPTION = "alga_bootstrap_driver"
JOB_ENVIRONMENT_OPTION = "alga_bootstrap_env"
SEED_CONTRACT_OPTION = "alga_seed_contract"
TALOS_NODE_OPTION = "alga_talos_node"
TALOS_FOLDER_OPTION = "alga_talos_folder"
TALOS_CLUSTER_OPTION = "alga_talos_cluster"
TALOS_ENDPOINT_OPTION = "alga_talos_endpoint"
TALOS_INSTALL_DISK_OPTION = "alga_talos_install_disk"
TALOS_STORAGE_DISK_OPTION = "alga_talos_storage_disk"
TALOS_PATCHES_OPTION = "alga_talos_patches"
TALOS_KUBERNETES_OPTION = "alga_talos_kubernetes_version"
TALOS_PROVISIONER_OPTION = "alga_talos_provisioner_version"
TALOS_APPLY_OPTION = "alga_talos_apply_mode"
TALOS_IMAGE_OPTION = "alga_talos_installer_image"
TALOS_WIPE_OPTION = "alga_talos_wipe"
SUPPORT_FILE_OPTION = "alga_support_file"
SUPPORT_RECIPIENTS_OPTION = "alga_support_recipients"
TALOS_SUPPORT_FILE_OPTION = "alga_talos_support_file"
TALOS_SUPPORT_RECIPIENTS_OPTION = "alga_talos_support_recipients"
TALOSCTL_OPTION = "alga_talosctl"
KUBECONFIG_OPTION = "alga_kubeconfig"
INITIAL_TENANT_SECRET = "appliance-initial-tenant"
INITIAL_TENANT_COMMAND_OPTION = "alga_initial_tenant_command"
# The application's own script for it (contract, B1 at HEAD).
INITIAL_TENANT_COMMAND = ("node", "/app/server/scripts/appliance-create-tenant.mjs")

JOB = "alga-appliance-bootstrap"
SCRIPTS = "alga-appliance-scripts"
TENANT_JOB = "alga-appliance-tenant"
# What the chart's own bootstrap Job is called: with the release's revision, or always the same (contract, Workloads).
CHART_JOB_SUFFIX = "-bootstrap"
CHART_JOB_LOG = "alga-appliance-bootstrap-log"
GATE = "alga-appliance-gate"
LEASE = "alga-appliance"
# On a Lease that its holder did not live to release: who that was.
CUT_OFF_ANNOTATION = "alga.appliance/cut-off"

# Annotations on the database claim: made for a first run and no PostgreSQL on it yet, then the two-phase mark of that run
# (initializing, then ready).
STATE_ANNOTATION = "alga.appliance/state"
RUN_ANNOTATION = "alga.appliance/run"
IDENTITY_ANNOTATION = "alga.appliance/system-identifier"
MADE = "made"
# On the same claim: digests of the generated keys that the appliance on it had when it was complete (R29).
KEYS_ANNOTATION = "alga.appliance/keys"
INITIALIZING = "initializing"
READY = "ready"

KEEP_ANNOTATION = "helm.sh/resource-policy"
KEEP = "keep"
HELM_RELEASE_ANNOTATION = "meta.helm.sh/release-name"
HELM_NAMESPACE_ANNOTATION = "meta.helm.sh/release-namespace"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"

# PostgreSQL advisory lock of everything that changes the appliance's databases: ASCII "alga".
ADVISORY_LOCK = 0x616C6761


def is_chart_job(name: str, fullname: str) -> bool:
    """Tell whether a Job's name is one that the core chart gives to its bootstrap."""
    fixed = f"{fullname}{CHART_JOB_SUFFIX}"
    return name == fixed or (name.startswith(f"{fixed}-r") and name.removeprefix(f"{fixed}-r").isdecimal())


def generated(fullname: str) -> dict[str, tuple[str, ...]]:
    """Every generated Secret but ``db-credentials``, and the keys that it must have; the one to go by comes first."""
    return {
        f"{fullname}{APPLICATION_SECRET_SUFFIX}": APPLICATION_KEYS,
        SHARED_SECRET: (SHARED_SECRET_KEY,),
        REDIS_SECRET: (REDIS_KEY,),
        **WORKER_SECRETS,
    }


def known_keys(fullname: str) -> dict[str, tuple[str, ...]]:
    """The generated keys that an appliance is known by, by Secret (R29).

    Not those of ``db-credentials``, which PostgreSQL's verifiers prove and a rotation changes; nor the workers' copies, whose
    values their charts are given and which have to follow the application's (F14).
    """
    return {
        f"{fullname}{APPLICATION_SECRET_SUFFIX}": APPLICATION_KEYS + LATER_APPLICATION_KEYS,
        SHARED_SECRET: (SHARED_SECRET_KEY,),
        REDIS_SECRET: (REDIS_KEY,),
    }


def claims(fullname: str) -> dict[str, str]:
    """The appliance's claims as the core chart would name them, by the section of its values (contract, PVCs)."""
    return {section: f"{fullname}-{suffix}" for section, suffix in CLAIM_SUFFIXES.items()}
