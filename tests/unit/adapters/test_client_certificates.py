# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client certificate serves while it is of this authority and has time left; whatever else is there does not."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import certificates
from ansible_collections.alga.appliance.tests.unit.complete_machine import certificate


@pytest.mark.parametrize(("days", "serves"), [(365, True), (31, True), (29, False), (0, False)])
def test_one_that_ends_soon_is_made_anew_while_it_still_opens_everything(days: int, serves: bool) -> None:
    maker = certificate()
    assert certificates.serves(certificate(maker, days=days).certificate, maker.certificate) is serves


@pytest.mark.parametrize("client", ["", "canary", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_does_not_serve(client: str) -> None:
    assert not certificates.serves(client, certificate().certificate)


def test_one_of_another_authority_of_the_same_name_does_not_serve() -> None:
    assert not certificates.serves(certificate(certificate()).certificate, certificate().certificate)


def test_an_authority_tells_when_it_was_made() -> None:
    made = certificates.begins(certificate().certificate)
    assert datetime.timedelta(hours=23) < datetime.datetime.now(datetime.UTC) - made < datetime.timedelta(hours=25)
    with pytest.raises(ValueError, match="PEM"):
        certificates.begins("canary")
