# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server's side of what the product's own functions ask for: claims and Secrets, one request each."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import Conflict
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import Json
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.tests.model import effects
from ansible_collections.alga.appliance.tests.model.controller import Controller
from ansible_collections.alga.appliance.tests.model.observe import readable
from ansible_collections.alga.appliance.tests.model.world import World

CLAIM, SECRET = "persistentvolumeclaims", "secrets"
# Of the generated Secrets the model has the one that the application's chart makes, and of that one key.
KEYS_SECRET, KEYS = next(iter(names.known_keys(names.FULLNAME).items()))


class Api:
    """A connection of one controller."""

    def __init__(self, world: World, me: Controller) -> None:
        self.world, self.me = world, me

    def changing(self) -> None:
        """Whoever changes anything has to have the Lease.

        :raises Refused: when it is another's by now.
        """
        if self.world.leases and self.world.lease is not self.me:
            raise Refused("The Lease is no longer ours.")

    def get(self, url: str) -> Json | None:
        """One object."""
        kind, name = _named(url)
        if kind == CLAIM:
            readable(self.world, "volumes")
            return self._claim(name)
        assert kind == SECRET, url
        readable(self.world, "secrets")
        if name == KEYS_SECRET:
            return self._keys()
        return self._secret() if name == names.CREDENTIALS_SECRET else None

    def create(self, url: str, body: Json) -> Json:
        """Make an object.

        :raises Conflict: when it is there.
        """
        kind, annotations = url.rpartition("/")[2], body["metadata"]["annotations"]
        if kind == CLAIM:
            effects.create_claim(self.world, self.me, body["metadata"]["name"], annotations.get(names.STATE_ANNOTATION, ""))
        else:
            assert (kind, body["metadata"]["name"]) == (SECRET, names.CREDENTIALS_SECRET), url
            effects.create_secret(self.world, self.me)
        return body

    def merge(self, url: str, body: Json) -> Json:
        """Change an object's annotations.

        :raises Conflict: when it is not as it was when it was read.
        """
        kind, name = _named(url)
        metadata = body["metadata"]
        if kind == SECRET:
            effects.mark_secret(self.world, self.me, metadata["annotations"])
        else:
            assert kind == CLAIM, url
            claim = self.world.claims.get(name)
            if claim is not None and str(claim.version) != metadata.get("resourceVersion", str(claim.version)):
                raise Conflict(f"{url} has changed.", reason=Reason.API_CONFLICT)
            effects.annotate_claim(self.world, self.me, name, metadata["annotations"])
        return body

    def _claim(self, name: str) -> Json | None:
        claim = self.world.claims.get(name)
        if claim is None:
            return None
        annotations = {
            names.STATE_ANNOTATION: claim.state,
            names.RUN_ANNOTATION: claim.run,
            names.IDENTITY_ANNOTATION: claim.identity,
            names.KEYS_ANNOTATION: claim.keys,
        }
        return {
            "metadata": {
                "name": name,
                "namespace": names.NAMESPACE,
                "resourceVersion": str(claim.version),
                "annotations": {key: value for key, value in annotations.items() if value},
            },
            "spec": {"volumeName": claim.volume},
            "status": {"phase": "Bound" if claim.volume else "Pending"},
        }

    def _secret(self) -> Json | None:
        secret = self.world.secret
        if secret is None:
            return None
        annotations = {names.IDENTITY_ANNOTATION: secret.identity, names.KEYS_ANNOTATION: secret.keys}
        return {"metadata": {"annotations": {key: value for key, value in annotations.items() if value}}}

    def _keys(self) -> Json | None:
        keys = self.world.keys
        return None if keys is None else {"data": {KEYS[0]: base64.b64encode(str(keys).encode()).decode()}}


def _named(url: str) -> t.Sequence[str]:
    return url.rsplit("/", 2)[1:]
