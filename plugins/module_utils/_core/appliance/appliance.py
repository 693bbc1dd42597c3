# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which appliance: the names that an operator gives, and every name that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

from .. import names


@dataclass(frozen=True)
class Appliance:
    """One appliance in one cluster.

    :param fullname: the core chart's full name, from which those of its objects and claims are made.
    :param service: PostgreSQL's Service.
    :param credentials_secret: the Secret of the contract, without its namespace.
    """

    namespace: str = names.NAMESPACE
    fullname: str = names.FULLNAME
    service: str = names.SERVICE
    credentials_secret: str = names.CREDENTIALS_SECRET

    @property
    def claims(self) -> dict[str, str]:
        """The claims by the section of the chart's values that uses each."""
        return names.claims(self.fullname)

    @property
    def database_claim(self) -> str:
        """The claim that has PostgreSQL's data."""
        return self.claims[names.DATABASE_SECTION]

    @property
    def secret(self) -> str:
        """The Secret of the contract, as ``namespace/name``."""
        return f"{self.namespace}/{self.credentials_secret}"

    @property
    def contract(self) -> tuple[str, ...]:
        """Every generated Secret that the appliance's data or its sessions depend on."""
        return (self.credentials_secret, *names.generated(self.fullname))
