# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the deciding modules observe of the volumes, and how they refuse."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import encode
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.generated import Finding
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import Answer
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialState,
    DatabaseState,
    Mode,
    StorageState,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import Claim, StorageObservation, classify
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Observed, read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing import situation
from ansible_collections.alga.appliance.tests.unit import decided

WHOLE = Contents(begun=True, version="15", control=True, databases=4, hosts=1, image="pg:moved", image_version="17.6")


def test_the_image_that_is_there_is_not_the_one_that_helm_brings_f45(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the operator who names an image of the data's version in alga_values would be refused because of the old one."""
    seen = StorageObservation("msp", "claim", claims=(Claim("claim", "Bound", "pv-1"),), contents=WHOLE)
    monkeypatch.setattr(situation, "observe_storage", lambda _api, _params: seen)
    observed = situation.Observer(t.cast("t.Any", None), read(Observed, {}))._storage(Answer(DatabaseState.UNREACHABLE, "", ""))
    assert classify(seen) is StorageState.OTHER_VERSION, "what status says"
    assert classify(observed) is StorageState.PRESENT


def test_a_refusal_has_the_state_of_its_module_and_what_to_do_next() -> None:
    facts = decided.facts(Mode.FRESH, decided.PRESENT, None, secret=decided.MISSING)
    decision = decide(facts)
    for state, states in (
        (facts.secret.state, CredentialState),
        (facts.answer.state, DatabaseState),
        (facts.situation().storage, StorageState),
    ):
        with pytest.raises(Refused) as raised:
            situation.refuse(decision, facts, situation.UNCHANGED, state)
        result = raised.value.as_result(states)
        assert (result["state"], result["next_action"]) == (state.value, decision.next_action)
        assert result["msg"] == f"{decision.message} Nothing was changed. {decision.next_action}"


class Namespace:
    """A namespace with a worker's Secret that has its chart's default value, and one pod that takes it whole."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def secrets(self, _namespace: str) -> t.Any:
        return [{"metadata": {"name": "email-service-secrets"}, "data": encode({"CRYPTO_KEY": b"change-me"})}]

    def items(self, url: str) -> t.Any:
        spec = {"containers": [{"envFrom": [{"secretRef": {"name": "email-service-secrets"}}]}]}
        pod = {"metadata": {"ownerReferences": [{"kind": self.owner}]}, "spec": spec, "status": {"phase": "Failed"}}
        return [pod] if url.endswith("/pods") else []


@pytest.mark.parametrize(("owner", "judged"), [("ReplicaSet", []), ("Job", ["CRYPTO_KEY"])])
def test_an_evicted_pod_of_an_earlier_template_uses_no_secret_r39(owner: str, judged: list[str]) -> None:
    observer = situation.Observer(t.cast("t.Any", Namespace(owner)), read(Observed, {}))
    found = [row.key for row in observer.generated() if row.secret == "email-service-secrets" and row.finding is Finding.DEFAULT]
    assert found == judged
