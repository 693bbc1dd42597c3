# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write each role's defaults, argument specs and README from the table of settings and from its tasks; "make roles" does it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance import talos_settings
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.setting import Setting
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import SETTINGS

ROOT = Path(__file__).parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
COLLECTION = "alga.appliance."
LICENSE = "# SPDX-FileCopyrightText: 2026 The alga.appliance authors\n# SPDX-License-Identifier: GPL-3.0-or-later\n---\n"
WRITTEN = "# Written by make roles from plugins/module_utils/_core/appliance/settings.py and the role's tasks.\n"
VARIABLES = "## Variables\n"
# What tasks_from may name, beside main; other files are parts of these.
ENTRIES = {
    ("cluster", "status"): "Inspect the machine, if there is one",
    ("core", "run"): "Install or upgrade the release, and start the application",
    ("credential_repair", "complete"): "Generate the keys missing from the credentials",
    ("credential_repair", "rescue"): "Regain access to data whose credentials are lost",
    ("escrow", "restore"): "Restore the Secrets from the encrypted copy",
    ("lease", "accept"): "Acquire the Lease; do nothing if its namespace does not exist",
    ("lease", "acquire"): "Acquire the Lease in an existing namespace",
    ("lease", "release"): "Release the Lease that this play acquired",
    ("storage", "rebind"): "Recreate lost claims on the volumes that hold their data",
    ("talos", "reset"): "Wipe partitions of the machine",
    ("talos", "status"): "Inspect the machine",
    ("talos", "support"): "Write a support bundle of the machine",
    ("talos", "upgrade"): "Upgrade Talos on the machine",
    ("talos", "upgrade_kubernetes"): "Upgrade Kubernetes on the machine",
}
# A kind of setting as Ansible has it. What a text may be is said, and not checked by Ansible: an empty one counts as unset.
TYPES: dict[str, dict[str, str]] = {
    "file": {"type": "path"},
    "chart": {"type": "path"},
    "mapping": {"type": "dict"},
    "contract": {"type": "dict"},
    "patches": {"type": "list", "elements": "dict"},
    "charts": {"type": "list", "elements": "dict"},
    **{kind: {"type": "list", "elements": "str"} for kind in ("states", "roles", "texts", "command")},
    "yes or no": {"type": "bool"},
    "seconds": {"type": "int"},
}


class Indented(yaml.SafeDumper):
    """Indents lists as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Never leave a list at its parent's column."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: t.Any) -> bool:
        """Write everything out."""
        return True


def dumped(tree: t.Any) -> str:
    """A tree as YAML."""
    return yaml.dump(tree, Dumper=Indented, sort_keys=False, width=120, allow_unicode=True)


@dataclass(frozen=True)
class Role:
    """One role and what its tasks use."""

    name: str

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ROOT / "roles" / self.name

    @property
    def about(self) -> str:
        """One sentence, without its full stop."""
        described: str = yaml.safe_load((self.folder / "meta/main.yml").read_text())["galaxy_info"]["description"]
        return described.rstrip(".")

    @property
    def entries(self) -> dict[str, str]:
        """What can be run, and what each does."""
        return {"main": self.about} | {entry: about for (role, entry), about in ENTRIES.items() if role == self.name}

    def tasks(self, entry: str) -> t.Iterator[dict[str, t.Any]]:
        """Every task of an entry, with those of the files that it includes."""
        yield from self._flat(yaml.safe_load((self.folder / f"tasks/{entry}.yml").read_text()))

    def _flat(self, tasks: t.Iterable[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
        for task in tasks:
            yield from self._flat(task.get("block", ()))
            parts = [task[kind] for kind in ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks") if kind in task]
            for part in parts:
                yield from self.tasks(Path(part).stem)
            if "block" not in task and not parts:
                yield task

    def settings(self, *entries: str) -> list[Setting]:
        """What the entries use, in the order of the table; the preflight uses all that is no playbook's own."""
        if self.name == "preflight":
            return [setting for setting in SETTINGS if setting.name != "alga_target"]
        used = {name for entry in entries for name in self._used(entry)}
        # One mapping by the time a module gets it.
        used |= {"alga_values_files"} if "alga_values" in used else set()
        return [setting for setting in SETTINGS if setting.name in used]

    def _used(self, entry: str) -> t.Iterator[str]:
        own = yaml.safe_load((self.folder / "vars/main.yml").read_text())
        for task in self.tasks(entry):
            for kind in ("ansible.builtin.import_role", "ansible.builtin.include_role"):
                other = task.get(kind, {}).get("name", "").removeprefix(COLLECTION)
                if other not in ("", "preflight"):
                    yield from Role(other)._used(task[kind].get("tasks_from", "main"))
            text = str(task)
            text += "".join(str(value) for name, value in own.items() if name in text)
            yield from re.findall(r"_settings\.(alga_\w+)", text)

    def uses(self, *modules: str) -> bool:
        """Whether a task of it runs one of the modules."""
        return any(COLLECTION + module in task for entry in self.entries for task in self.tasks(entry) for module in modules)

    def under_the_lease(self) -> bool:
        """Whether a task of it works under the Lease."""
        return any("lease_result" in str(task) for entry in self.entries for task in self.tasks(entry)) and self.name != "lease"


def needed(role: Role, setting: Setting) -> str:
    """When a role needs a setting that has no default; empty where it does not."""
    if role.name in setting.required:
        return "required"
    return f"required with {names.TALOS_NODE_OPTION}" if setting.name in talos_settings.NEEDED else ""


def _type(setting: Setting) -> dict[str, str]:
    return TYPES.get(setting.kind, {"type": "str"})


def option(role: Role, setting: Setting) -> dict[str, t.Any]:
    """A setting as an argument spec has it."""
    said = [setting.about]
    if setting.choices:
        said.append(f"{'One' if setting.kind == 'choice' else 'Any'} of {', '.join(f'C({each})' for each in setting.choices)}.")
    if needed(role, setting):
        said.append(f"{needed(role, setting).capitalize()}.")
    default = {} if setting.default is None else {"default": setting.default}
    return {"description": said, **_type(setting), **default}


def argument_specs(role: Role) -> str:
    """The argument specs of a role."""
    specs = {
        entry: {
            "short_description": about,
            "description": [f"{about}.", "All C(alga_*) variables are checked first, once per play."],
            "author": ["The alga.appliance authors"],
            "version_added": "0.1.0",
            "options": {setting.name: option(role, setting) for setting in role.settings(entry)},
        }
        for entry, about in role.entries.items()
    }
    return LICENSE + WRITTEN + dumped({"argument_specs": specs})


def defaults(role: Role) -> str:
    """The defaults of a role."""
    found = {each.name: each.default for each in role.settings(*role.entries) if each.default is not None}
    return LICENSE + WRITTEN + dumped(found)


def _default(role: Role, setting: Setting) -> str:
    default = setting.default
    if default is None or default in ({}, []):
        return needed(role, setting) or "none"
    if isinstance(default, bool):
        return "yes" if default else "no"
    return ", ".join(f"`{each}`" for each in (default if isinstance(default, list) else [default]))


def readme(role: Role) -> str:
    """The README of a role: what is written by hand, and behind it what the role can be given."""
    written = (role.folder / "README.md").read_text().partition(VARIABLES)[0].rstrip()
    settings = role.settings(*role.entries)
    rows = [f"| `{each.name}` | {_type(each)['type']} | {_default(role, each)} | {each.about} |" for each in settings]
    entries = [f"| `{entry}` | {about} |" for entry, about in role.entries.items() if entry != "main"]
    example = f"- name: {role.about}\n  hosts: appliances\n  gather_facts: false\n"
    given = [each for each in settings if needed(role, each) == "required"]
    values = {
        "file": "~/appliances/workshop/kubeconfig",
        "chart": "~/appliances/charts/sebastian",
        "charts": "\n      - name: alga-core\n        chart: ~/appliances/charts/sebastian",
        "text": "192.0.2.10",
        names.SUPPORT_FILE_OPTION: "~/appliances/workshop/support.tar.gz",
    }
    shown = {each.name: values.get(each.name, values.get(each.kind)) for each in given}
    lines = [f"    {name}: {value}\n".replace(": \n", ":\n") for name, value in shown.items() if value]
    example += f"  vars:\n{''.join(lines)}  roles:\n    - role: {COLLECTION}{role.name}\n"
    parts = [
        written,
        VARIABLES + "\n| Variable | Type | Default | Meaning |\n|---|---|---|---|\n" + "\n".join(rows),
        "All `alga_*` variables are checked together before anything is changed, once per play.",
        "## In a play of your own\n\n```yaml\n" + example + "```",
    ]
    if entries:
        parts.append(
            "Other entry points, selected with `tasks_from`:\n\n| Name | What it does |\n|---|---|\n" + "\n".join(entries)
        )
    if role.uses(*_moded()):
        parts.append(
            "By default, this role recovers an existing appliance. A play that installs a new one sets the mode once, for all "
            "roles:\n\n```yaml\n  module_defaults:\n    group/alga.appliance.mode:\n      mode: fresh\n```"
        )
    if role.under_the_lease():
        parts.append("If the play has acquired the Lease with the role `lease`, this role uses it.")
    return "\n\n".join(parts) + "\n"


def _moded() -> list[str]:
    """The modules to which a mode is given, but for the one that every role begins with."""
    groups: dict[str, list[str]] = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    return [name for name in groups["mode"] if name != "alga_preflight"]


def pages() -> dict[Path, str]:
    """Every file as it has to be."""
    found = {}
    for role in map(Role, ROLES):
        found[role.folder / "defaults/main.yml"] = defaults(role)
        found[role.folder / "meta/argument_specs.yml"] = argument_specs(role)
        found[role.folder / "README.md"] = readme(role)
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text)
