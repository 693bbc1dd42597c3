# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The encrypted file: whole or not at all, for its owner alone, and nothing of the plaintext anywhere else."""

from __future__ import annotations

import dataclasses
import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import private_file
from ansible_collections.alga.appliance.plugins.module_utils._adapters.escrow.escrow import Escrow
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed

PLAIN = "canary 'quoted' \"twice\" \\ 100% \u00aa\n" + "x" * 1000 + "\n"


class Command:
    """Runs what it is given, and remembers the arguments."""

    def __init__(self) -> None:
        self.arguments: list[list[str]] = []

    def __call__(self, arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        self.arguments.append(arguments)
        # ansible-test's Python has no programs beside it.
        program = [sys.executable, "-m", f"ansible.cli.{arguments[0].removeprefix('ansible-')}"]
        ended = subprocess.run([*program, *arguments[1:]], input=stdin, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def vault(tmp_path: Path) -> Escrow:
    password = tmp_path / "password"
    password.write_text("of the vault\n")
    return Escrow(Command(), tmp_path / "copy.vault", vault_password_file=str(password))


def test_what_ansible_vault_wrote_it_reads_again(vault: Escrow) -> None:
    text = vault.write(PLAIN)
    assert vault.text() == text and "canary" not in text
    assert vault.decrypt(text) == PLAIN
    assert stat.S_IMODE(vault.file.stat().st_mode) == 0o600
    assert "canary" not in repr(vault.command.arguments)  # type: ignore[attr-defined]


def test_an_earlier_file_is_kept_beside_the_new_one(vault: Escrow) -> None:
    first, second, third = (vault.write(plain) for plain in ("1", "2", "3"))
    folder = vault.file.parent
    assert (folder / "copy.vault.1").read_text() == first
    assert (folder / "copy.vault.2").read_text() == second
    assert vault.text() == third
    assert sorted(path.name for path in folder.iterdir()) == ["copy.vault", "copy.vault.1", "copy.vault.2", "password"]


def test_other_vault_identities_of_the_operator_do_not_matter(vault: Escrow, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prod", "default"):
        (vault.file.parent / name).write_text(f"{name}'s own\n")
    monkeypatch.setenv(
        "ANSIBLE_VAULT_IDENTITY_LIST", ",".join(f"{name}@{vault.file.parent / name}" for name in ("prod", "default"))
    )
    text = vault.write(PLAIN)
    assert vault.decrypt(text) == PLAIN
    monkeypatch.delenv("ANSIBLE_VAULT_IDENTITY_LIST")
    assert vault.decrypt(text) == PLAIN, "nothing of theirs is in it"


def test_a_file_system_without_hard_links_keeps_the_earlier_file_too(vault: Escrow, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_paths: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    first = vault.write("1")
    vault.write("2")
    assert vault.file.with_name("copy.vault.1").read_text() == first
    made = vault.file.with_name("made")
    assert private_file.create(made, "whole") and not private_file.create(made, "other")
    assert made.read_text() == "whole" and stat.S_IMODE(made.stat().st_mode) == 0o600
    assert not list(vault.file.parent.glob(".*")), "nothing is left half done"


@pytest.mark.parametrize("place", ["no folder/copy", "password/copy"])
def test_a_place_that_cannot_be_written_is_named(vault: Escrow, place: str) -> None:
    there = dataclasses.replace(vault, file=vault.file.parent / place)
    with pytest.raises(
        ActionFailed, match=r"Could not (write|read) .*: (No such file or directory|Not a directory)\. .*alga_escrow"
    ):
        there.write(PLAIN)


def test_a_copy_that_is_no_text_is_named(vault: Escrow) -> None:
    vault.file.write_bytes(b"\xff\xfe")
    with pytest.raises(ActionFailed, match=r"Could not read .*: it is not text"):
        vault.text()


def test_what_does_not_decrypt_to_the_same_is_not_written(tmp_path: Path) -> None:
    def command(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        return (0, "encrypted", "") if "encrypt" in arguments else (0, f"{stdin} and more", "")

    broken = Escrow(command, tmp_path / "copy", vault_password_file="p")
    with pytest.raises(ActionFailed, match="decrypting it gave a different result"):
        broken.write(PLAIN)
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_fails_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    failing = Escrow(
        lambda _arguments, _stdin, seconds=None: (1, "", "age: error: no such recipient\n"), tmp_path / "copy", ["age1x"]
    )
    with pytest.raises(ActionFailed, match=r"age could not encrypt .* \(exit code 1\): age: error: no such recipient"):
        failing.write(PLAIN)
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    def missing(_arguments: list[str], _stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ActionFailed, match=r"Could not start age to encrypt"):
        Escrow(missing, tmp_path / "copy", ["age1x"]).write(PLAIN)


def test_a_link_stays_one_and_the_copy_lies_where_it_leads(vault: Escrow, tmp_path: Path) -> None:
    share = tmp_path / "share of all"
    share.mkdir()
    vault.file.symlink_to(share / "copy.vault")
    first = vault.write("1")
    second = vault.write("2")
    assert vault.file.is_symlink() and (share / "copy.vault").read_text() == second == vault.text()
    assert (share / "copy.vault.1").read_text() == first


def test_links_that_lead_to_each_other_are_said(vault: Escrow) -> None:
    vault.file.symlink_to(vault.file)
    with pytest.raises(ActionFailed, match=r"Could not read .*alga_escrow"):
        vault.write("1")


def test_a_full_disk_leaves_nothing_half_done(vault: Escrow, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ActionFailed, match="No space left on device"):
        vault.write("1")
    assert [path.name for path in vault.file.parent.iterdir()] == ["password"]


def test_a_share_that_settles_no_folder_has_the_copy(vault: Escrow, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        settle(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert vault.write("1") == vault.text()
