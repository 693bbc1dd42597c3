# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  file:
    description:
      - Path of the file.
      - It is encrypted for O(recipients), or with the password in O(vault_password_file).
    type: path
    required: true
  recipients:
    description:
      - C(age) public keys to encrypt the file for.
      - The owner of any of them can decrypt the file. Requires the program C(age).
      - Exactly one of O(recipients) and O(vault_password_file) is required.
    type: list
    elements: str
    default: []
  identity_file:
    description:
      - File with C(age) private keys, used to verify a copy after it is written and to restore from it.
    type: path
  vault_password_file:
    description:
      - Password file for C(ansible-vault). If set, the file is encrypted with C(ansible-vault).
    type: path
"""
