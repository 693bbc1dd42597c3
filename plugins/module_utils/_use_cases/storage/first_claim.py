# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volume that a first run's database gets is proved to be empty, before a Secret is made over it (R1).

Objects tell where data could be, and only the volume tells whether it is: a provisioner may give a new claim a directory that is
not new, by a pattern of names, by a share that was there before, by a volume that somebody made by hand.
"""

from __future__ import annotations

import dataclasses

from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._adapters.storage import storage
from ..._adapters.storage.volume_contents import bind
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.errors import Refused
from ..._core.storage.contents import Contents, judge
from ..._core.storage.storage import Claim, StorageObservation
from .._context import Run
from .._options import Deciding, Sizes
from ..observing.storage_options import SIZE, claim_object, listed


@dataclasses.dataclass(frozen=True)
class Claiming(Deciding, Sizes):
    """Of every module that makes the database's claim."""


def prove_empty(
    api: KubernetesApi, options: Claiming, run: Run, seen: StorageObservation
) -> tuple[StorageObservation, list[str]]:
    """Make the database's claim, let it get its volume, and look into that.

    :param seen: volumes on which a first run may begin (step ``prepare``).
    :returns: what is there then, and what was done, in words. In check mode nothing is made, so nothing can be looked into.
    :raises Refused: when the volume is not empty. The claim stays as it is: deleting it might delete the data.
    :raises ObservationFailed: when it got no volume, or the volume could not be looked into.
    """
    if seen.proved_empty:
        return seen, []
    namespace, name = options.namespace, seen.database_claim
    where = f"PersistentVolumeClaim {namespace}/{name}"
    claim = seen.claim(name)
    done = []
    if claim is None:
        done.append(f"{where} is created")
        if not run.check_mode:
            size = options.sizes.get(names.DATABASE_SECTION, SIZE)
            body = claim_object(namespace, name, options.storage_class, size)
            body["metadata"]["annotations"] |= {names.STATE_ANNOTATION: names.MADE}
            api.create(path("persistentvolumeclaims", namespace), body)
    elif claim.state not in (names.MADE, names.READY):
        done.append(f"{where} is marked as one on which PostgreSQL was never started")
        if not run.check_mode:
            storage.mark_made(api, namespace, name)
    if run.check_mode:
        done.append(
            "the contents of its volume are unknown until it is bound; the volume is inspected before anything is created on it"
        )
        planned = dataclasses.replace(claim or Claim(name, "Pending"), state=names.MADE)
        claims = (*(each for each in seen.claims if each.name != name), planned)
        return dataclasses.replace(seen, claims=claims, contents=Contents()), done
    fix = (
        f"Check the events of {where} (kubectl describe): a volume that no provisioner creates, a node that accepts no pod, or "
        f"alga_helper_image {options.helper_image} that cannot be pulled. Then run the same playbook again."
    )
    contents = bind(api, namespace, name, options.helper_image, fix=fix)
    made = dataclasses.replace(listed(api, options.appliance), contents=contents)
    volume = next((f"{each.name} (path {each.path or 'not known'})" for each in made.volumes if each.claim == name), "")
    _refuse_data(options.appliance, made, contents, f"PersistentVolume {volume}")
    if not made.proved_empty:
        raise Refused(f"{where} was replaced by somebody else while its volume was inspected. Run the same playbook again.")
    done.append(f"PersistentVolume {volume} of {where} was inspected and is empty")
    return made, done


def _refuse_data(appliance: Appliance, made: StorageObservation, contents: Contents, volume: str) -> None:
    name = made.database_claim
    claim = made.claim(name)
    where = f"{volume}, to which PersistentVolumeClaim {appliance.namespace}/{name} was bound,"
    untouched = "No Secret was created and PostgreSQL was not started; the claim keeps this volume."
    if wrong := judge(contents, where, claim.recorded if claim else None):
        raise Refused(f"{wrong.message} {untouched} {wrong.next_action}", next_action=wrong.next_action, evidence=made.evidence())
    if contents.holds_data:
        raise Refused(
            f"{where} already contains a data directory of PostgreSQL {contents.version} (system identifier "
            f"{contents.identity or 'not known'}), to which no object in the cluster refers. {untouched} If this is the "
            f"appliance's data, restore Secret {appliance.secret} from your backup if it is lost, then run recover.yml, which "
            "preserves the data; if another Secret has its values, adopt_credentials.yml takes them over, and if nobody has "
            "them, use rescue_credentials.yml. Only if this data is no longer needed, delete the claim and the volume, empty the "
            "volume's directory, and run fresh.yml again.",
            evidence=made.evidence(),
        )
