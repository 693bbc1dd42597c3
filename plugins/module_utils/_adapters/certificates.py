# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an X.509 certificate says of its time and of its maker."""

from __future__ import annotations

import datetime
import typing as t

IMPORT_ERROR: ImportError | None
try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

# A client's certificate that ends earlier is made anew while the old one still opens everything (Talos gives them a year).
RENEW_BEFORE = datetime.timedelta(days=30)


def begins(pem: str) -> datetime.datetime:
    """When a certificate's time begins: for an authority, when it was made.

    :raises ValueError: when it is none.
    """
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_before_utc


def serves(client: str, authority: str, now: datetime.datetime | None = None) -> bool:
    """Whether a client's certificate is of this authority and has more than :data:`RENEW_BEFORE` left.

    :param client: with ``authority`` a certificate as PEM.
    """
    try:
        certificate, maker = (x509.load_pem_x509_certificate(pem.encode()) for pem in (client, authority))
        certificate.verify_directly_issued_by(maker)
    except (ValueError, TypeError, InvalidSignature):
        return False
    left: t.Any = certificate.not_valid_after_utc - (now or datetime.datetime.now(datetime.UTC))
    return bool(left > RENEW_BEFORE)
