# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's variables: one table, checked all at once and before anything is touched.

An empty text counts as unset, because that is how AWX hands over an optional survey question nobody answered.
"""

from __future__ import annotations

import difflib
import re
import typing as t

from .. import names
from ..bootstrap import job_environment
from ..charts import given as given_charts
from ..credentials.repair import Action
from ..database import seed_contract
from ..decision.situation import CONVERGES_ON, EXPECTABLE
from ..escrow import escrow
from ..release import release
from ..states import Driver, Mode
from ..storage.local_path import HELPER_IMAGE, STORAGE_CLASS
from . import talos_settings
from .setting import Setting

PRODUCTION = "production"
_PREFIX = "alga_"
DEMONSTRATION = "demonstration"
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
# A name's pattern, and how it is described, by kind (Kubernetes: Object Names and IDs; helm: a release's name).
_NAMES = {
    "label": (re.compile(_LABEL), "lower-case letters, digits and '-', at most 63"),
    "release": (re.compile(rf"(?=.{{1,53}}\Z){_LABEL}"), "lower-case letters, digits and '-', at most 53"),
    "name": (re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"), "lower-case letters, digits, '-' and '.', at most 253"),
}
# Distribution: reference grammar.
_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?:(?:[A-Za-z0-9](?:[-.A-Za-z0-9]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?"
    rf"{_COMPONENT}(?:/{_COMPONENT})*(?::[A-Za-z0-9_][-.A-Za-z0-9_]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,}})?"
)
# Thirty years; of a longer text no number is made.
_SECONDS = re.compile("[0-9]{1,9}")
_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?")
# Kubernetes: Quantity, the forms that a size is written in; a few bytes are a forgotten unit.
_QUANTITY = re.compile(r"(?!0+(\.0*)?[kMGTPK])[0-9]+(\.[0-9]+)?([kMGTP]|[KMGTP]i)|[1-9][0-9]{6,}")

STATUS = "status"
ROTATE = "rotate"
ESCROW = "escrow"
REBIND = "rebind"
CHECK_CHARTS = "check_charts"
SUPPORT = "support_bundle"
_LIFE = tuple(mode.value for mode in Mode)
# What a playbook does; the last ones look, or act on credentials, claims or the machine.
MODES = (
    *_LIFE,
    STATUS,
    ROTATE,
    ESCROW,
    REBIND,
    *(action.value for action in Action),
    *talos_settings.MODES,
    CHECK_CHARTS,
    SUPPORT,
)
# What a play without a mode consists of. Some names are those of modes, which need the same.
CORE, BOOTSTRAP, CREDENTIALS, STORAGE, CLUSTER, TALOS = "core", "bootstrap", "credentials", "storage", "cluster", "talos"
ROLES = (
    *(CORE, BOOTSTRAP, CREDENTIALS, STORAGE, CLUSTER, TALOS, STATUS, ESCROW, SUPPORT),
    *("application", "chart_check", "credential_repair", "credential_rotation", "initial_tenant", "lease", "preflight", "verify"),
)
# What needs no cluster, and looks at one if there is a kubeconfig.
WITHOUT_CLUSTER = frozenset({CHECK_CHARTS, "chart_check"})
WITH_HELM = frozenset({*_LIFE, CORE, BOOTSTRAP})
# What may make claims, from the StorageClass.
WITH_CLAIMS = frozenset({*_LIFE, CREDENTIALS, STORAGE})
# What begins at the machine; everything else needs a kubeconfig that is there.
FROM_THE_MACHINE = frozenset({*_LIFE, STATUS, *talos_settings.MODES, CLUSTER, TALOS})

SETTINGS = (
    Setting("alga_target", "text", "appliances", "Hosts or groups of the inventory that are appliances."),
    Setting(
        "alga_kubeconfig",
        "file",
        None,
        "Path of the kubeconfig for the cluster.",
        required=tuple(each for each in (*MODES, *ROLES) if each not in WITHOUT_CLUSTER),
    ),
    Setting("alga_context", "text", None, "Context in the kubeconfig; defaults to its current one."),
    Setting("alga_namespace", "label", names.NAMESPACE, "Namespace of the appliance."),
    Setting("alga_chart", "chart", None, "Directory of the core chart.", required=(*_LIFE, CORE, BOOTSTRAP)),
    Setting("alga_release", "release", names.RELEASE, "Name of the core chart's Helm release."),
    Setting("alga_fullname", "label", names.FULLNAME, "Name that the core chart gives to its objects."),
    Setting("alga_helm", "text", "helm", "The helm program, version 3 or 4."),
    Setting("alga_values", "mapping", {}, "Additional values for the core chart; the collection's own values take precedence."),
    Setting(
        "alga_values_files",
        "texts",
        [],
        ("Values files for the core chart; later files override earlier ones, and alga_values overrides them all."),
    ),
    Setting(
        names.CHECK_CHARTS_OPTION,
        "charts",
        [],
        "Charts to check, the core chart first: name and chart; optionally repository, version, values and values_files.",
        required=tuple(sorted(WITHOUT_CLUSTER)),
    ),
    Setting("alga_environment", "choice", PRODUCTION, "Purpose of the appliance.", (PRODUCTION, DEMONSTRATION)),
    Setting(
        names.EXPECT_OPTION,
        "states",
        list(CONVERGES_ON),
        "Database states in which recover.yml may proceed; absent or created lets it start over if there is no data.",
        EXPECTABLE,
    ),
    Setting(
        names.RELEASE_LOCK_OPTION,
        "yes or no",
        False,
        "Whether to release a migration lock that is proven stale; set it for a single run, not permanently.",
    ),
    Setting(
        names.DRIFT_OPTION,
        "yes or no",
        False,
        "Whether a run fails before changing anything if passwords differ between the Secret, PostgreSQL and its consumers.",
    ),
    Setting(
        names.CONFIRM_OPTION,
        "text",
        None,
        "Typed confirmation: namespace and name of what a destructive action changes, such as msp/db-credentials.",
    ),
    Setting(
        names.ROTATE_OPTION,
        "roles",
        list(names.ROLE_KEYS),
        "Database roles whose passwords rotate_credentials.yml replaces.",
        tuple(names.ROLE_KEYS),
    ),
    Setting(
        names.ADOPT_OPTION,
        "name",
        None,
        "Secret in the appliance's namespace that adopt_credentials.yml adopts; db-credentials itself if not set.",
    ),
    Setting(
        names.ESCROW_OPTION,
        "mapping",
        {},
        "Encrypted copy of the generated Secrets: file, and recipients with identity_file for age, or vault_password_file.",
        required=(ESCROW,),
    ),
    Setting(
        names.SUPPORT_FILE_OPTION,
        "text",
        None,
        "File to which support_bundle.yml writes the support bundle.",
        required=(SUPPORT,),
    ),
    Setting(
        names.SUPPORT_RECIPIENTS_OPTION,
        "texts",
        [],
        "age public keys to encrypt the support bundle for; if not set, the bundle is not encrypted.",
    ),
    Setting(
        names.SEED_CONTRACT_OPTION,
        "contract",
        {},
        "Which tables show that seeds have run, and how to recognise demonstration data; each part has a default.",
    ),
    Setting("alga_seed_set", "choice", "onboarding", "Seeds for the first run.", tuple(sorted(names.SEED_SETS))),
    Setting(
        names.DRIVER_OPTION,
        "choice",
        Driver.COLLECTION.value,
        "What runs the bootstrap: the collection, which publishes only a complete database, or the chart's own Job.",
        tuple(driver.value for driver in Driver),
    ),
    Setting("alga_db_service", "label", names.SERVICE, "Service of the appliance's own PostgreSQL."),
    Setting("alga_storage_class", "name", STORAGE_CLASS, "StorageClass of the volumes."),
    Setting("alga_db_storage_size", "quantity", "50Gi", "Size of PostgreSQL's volume."),
    Setting("alga_redis_storage_size", "quantity", "20Gi", "Size of Redis' volume."),
    Setting("alga_files_storage_size", "quantity", "50Gi", "Size of the volume for stored files."),
    Setting("alga_helper_image", "image", HELPER_IMAGE, "Image of the pod that inspects the storage path."),
    Setting(
        names.JOB_ENVIRONMENT_OPTION,
        "mapping",
        {},
        ("Additional environment variables for the collection's Jobs; must not contain secrets."),
    ),
    Setting(
        names.INITIAL_TENANT_COMMAND_OPTION,
        "command",
        list(names.INITIAL_TENANT_COMMAND),
        "Command in the application's image that creates the first tenant, as a list; must not contain secrets.",
    ),
    *talos_settings.SETTINGS,
    Setting(
        "alga_progress_timeout",
        "seconds",
        600,
        "Number of seconds without any progress after which a wait is given up. The wait for the Lease ends after this time in "
        "total.",
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


def _typed(setting: Setting, value: t.Any) -> t.Any:
    """Read a text as the list or the truth value it stands for; the command line and AWX hand over texts."""
    if setting.kind in ("states", "roles", "texts") and isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    if setting.kind == "yes or no" and isinstance(value, str):
        return _TRUTH.get(value.lower(), value)
    return value


def _items(value: t.Any, holds: t.Callable[[t.Any], bool]) -> bool:
    return isinstance(value, list) and bool(value) and all(holds(item) for item in value)


def _is_text(value: t.Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_seconds(value: t.Any) -> bool:
    return _SECONDS.fullmatch(str(value)) is not None and int(value) > 0


# What is no text: whether a value is of the kind, and what it must be where it is not.
_KINDS: dict[str, tuple[t.Callable[[Setting, t.Any], bool], str]] = {
    "mapping": (lambda _setting, value: isinstance(value, dict), "a mapping of names to values"),
    "contract": (lambda _setting, value: isinstance(value, dict), "a mapping of names to values"),
    "patches": (
        lambda _setting, value: value == [] or _items(value, lambda item: isinstance(item, dict)),
        "a list of mappings, each a patch of the machine configuration",
    ),
    "charts": (lambda _setting, value: isinstance(value, list), "a list of mappings, each a chart"),
    "states": (lambda setting, value: _items(value, setting.choices.__contains__), "a list of {choices}"),
    "roles": (lambda setting, value: _items(value, setting.choices.__contains__), "a list of {choices}"),
    "texts": (lambda _setting, value: value == [] or _items(value, _is_text), "a list of strings"),
    "command": (lambda _setting, value: _items(value, _is_text), "a list: the program and its arguments"),
    "yes or no": (lambda _setting, value: isinstance(value, bool), "true or false"),
    "seconds": (lambda _setting, value: _is_seconds(value), "a whole number of seconds above 0"),
}
# Values of these kinds may hold what somebody wants nobody to read.
_UNSHOWN = ("mapping", "contract", "patches", "charts")


def _wrong(setting: Setting, value: t.Any) -> str:
    """Say what is wrong with a value, or return an empty text."""
    if setting.kind in _KINDS:
        holds, must = _KINDS[setting.kind]
        given = "" if setting.kind in _UNSHOWN else f"is {value!r}; it "
        return (
            "" if holds(setting, value) else f"{setting.name} {given}must be {must.format(choices=', '.join(setting.choices))}."
        )
    shown = f"{setting.name} is {value!r}"
    if not isinstance(value, str):
        return f"{shown}; it must be a string."
    if setting.kind == "choice" and value not in setting.choices:
        return f"{shown}; it must be one of {', '.join(setting.choices)}."
    pattern, described = _NAMES.get(setting.kind, (None, ""))
    if pattern is not None and not pattern.fullmatch(value):
        return f"{shown}; it must be a Kubernetes name: {described}."
    if setting.kind == "image" and not _IMAGE.fullmatch(value):
        return f"{shown}; it must be an image reference such as {HELPER_IMAGE}."
    if setting.name == names.TALOS_PROVISIONER_OPTION and _VERSION.fullmatch(value):
        return talos_settings.vulnerable(value)
    if setting.kind == "version" and not _VERSION.fullmatch(value):
        return f"{shown}; it must be a version such as {setting.default or '1.34.1'}."
    if setting.kind == "quantity" and not _QUANTITY.fullmatch(value):
        return f"{shown}; it must be a Kubernetes quantity such as {setting.default}."
    return ""


def needing(mode: str, roles: t.Collection[str] = ()) -> frozenset[str]:
    """Who needs something: a playbook by its mode, otherwise the roles of somebody's own play.

    :param mode: one of :data:`MODES`; what it is not needs as much as a first run.
    :param roles: names, of which those in :data:`ROLES` count where there is no mode.
    """
    if mode:
        return frozenset({mode if mode in MODES else Mode.FRESH.value})
    needed = frozenset(roles) & frozenset(ROLES)
    # Every role runs the preflight; what that needs in a play of its own, a check of charts does not.
    return needed - {"preflight"} if needed & WITHOUT_CLUSTER else needed


def effective(mode: str, given: t.Mapping[str, t.Any], roles: t.Collection[str] = ()) -> tuple[dict[str, t.Any], list[str]]:
    """Check everything the operator said.

    :param mode: one of :data:`MODES`; empty in somebody's own play.
    :param given: variables by name; empty ones count as unset.
    :param roles: of somebody's own play.
    :returns: the values in force by name, and every error as a sentence.
    """
    errors = []
    if mode and mode not in MODES:
        errors.append(f"The mode is {mode!r}; it must be one of {', '.join(MODES)}.")
    errors += [
        f"{name} is not a variable of this collection"
        + (f"; did you mean {' or '.join(near)}?" if (near := _near(name)) else ".")
        for name in sorted(map(str, given))
        if name not in BY_NAME
    ]
    values: dict[str, t.Any] = {}
    for setting in SETTINGS:
        value = given.get(setting.name)
        if value in (None, "", {}, []):
            if needing(mode, roles) & set(setting.required):
                errors.append(f"{setting.name} is not set. Expected value: {setting.about}")
            values[setting.name] = setting.default
            continue
        value = _typed(setting, value)
        error = _wrong(setting, value)
        if error:
            errors.append(error)
        values[setting.name] = int(value) if setting.kind == "seconds" and not error else value
    given_values = values["alga_values"]
    errors += release.wrong_values(given_values, "alga_values") if isinstance(given_values, dict) else []
    errors += _other_claims(values)
    errors += talos_settings.lacking(values)
    charts = values[names.CHECK_CHARTS_OPTION]
    errors += given_charts.wrong_charts(charts, names.CHECK_CHARTS_OPTION) if isinstance(charts, list) else []
    copy = values[names.ESCROW_OPTION]
    errors += escrow.wrong(copy) if isinstance(copy, dict) else []
    added = values[names.JOB_ENVIRONMENT_OPTION]
    errors += job_environment.wrong(added, names.JOB_ENVIRONMENT_OPTION) if isinstance(added, dict) else []
    contract = values[names.SEED_CONTRACT_OPTION]
    errors += seed_contract.read(contract, names.SEED_CONTRACT_OPTION)[1] if isinstance(contract, dict) else []
    if values["alga_seed_set"] == "dev" and values["alga_environment"] == PRODUCTION:
        errors.append(
            "alga_seed_set is 'dev' and alga_environment is 'production': demonstration data does not belong in production."
        )
    return values, errors


def _other_claims(values: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """A claim that the chart's values name would be passed over in silence, with whatever data it holds (U1)."""
    given, fullname = values["alga_values"], values["alga_fullname"]
    for section, claim in names.claims(str(fullname)).items() if isinstance(given, dict) else ():
        persistence = (given.get(section) or {}).get("persistence") or {} if isinstance(given.get(section), dict) else {}
        named = persistence.get("existingClaim") if isinstance(persistence, dict) else None
        if named and named != claim:
            yield (
                f"alga_values sets {section}.persistence.existingClaim to {named!r}, but the collection creates and keeps "
                f"claim {claim}. Bind {claim} to the volume of {named!r}, and remove the value."
            )


def _near(name: str) -> list[str]:
    """The variables most like a mistyped name; the prefix that all have is no likeness."""
    bare = {known.removeprefix(_PREFIX): known for known in BY_NAME}
    return [bare[each] for each in difflib.get_close_matches(name.removeprefix(_PREFIX), bare, n=2)]
