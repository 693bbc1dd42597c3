# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The races for the Lease, against an API server that keeps one Lease and lets a test act between any two requests (F20)."""

from __future__ import annotations

import threading
import time
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import Conflict, NotFound
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._adapters.lease import lease
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.lease.lease import DURATION_SECONDS, RENEW_SECONDS, Standing
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run, UseCase
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Changing

Json = dict[str, t.Any]
URL = "/apis/coordination.k8s.io/v1/namespaces/msp/leases/alga-appliance"


class Server:
    """One Lease as an API server keeps it."""

    def __init__(self) -> None:
        self.found: Json | None = None
        self.writes = 0
        self.before_write: Callable[[], None] = lambda: None
        self.down = False

    def put(self, holder: str, renewed: str = "r1") -> None:
        """Let somebody else write it, whatever it was."""
        self.writes += 1
        spec = {"holderIdentity": holder, "renewTime": renewed, "acquireTime": "then", "leaseDurationSeconds": DURATION_SECONDS}
        self.found = {"metadata": {"resourceVersion": str(self.writes)}, "spec": spec}

    def get(self, url: str) -> Json | None:
        assert url == URL
        if self.down:
            raise ObservationFailed("no answer", reason=Reason.API_UNREACHABLE)
        return self.found

    def _conflict(self) -> Conflict:
        return Conflict("409", reason=Reason.API_ERROR)

    def create(self, url: str, body: Json) -> Json:
        assert url == URL.rpartition("/")[0]
        self.before_write()
        if self.found:
            raise self._conflict()
        self.writes += 1
        self.found = {"metadata": {"resourceVersion": str(self.writes)}, "spec": body["spec"]}
        return self.found

    def merge(self, url: str, body: Json) -> Json:
        assert url == URL
        self.before_write()
        if self.found is None:
            raise NotFound("404", reason=Reason.API_NOT_FOUND)
        if self.found["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise self._conflict()
        self.writes += 1
        annotations = {key: value for key, value in body["metadata"]["annotations"].items() if value is not None}
        metadata = {"resourceVersion": str(self.writes), "annotations": annotations}
        self.found = {"metadata": metadata, "spec": {**self.found["spec"], **body["spec"]}}
        return self.found

    @property
    def holder(self) -> str:
        assert self.found
        return str(self.found["spec"]["holderIdentity"])


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that moves only while somebody sleeps."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    return sleep


def api(server: Server) -> KubernetesApi:
    return t.cast("KubernetesApi", server)


def acquire(
    server: Server, holder: str = "me", *, wait_timeout: float = 60, sessions: str = "", told: list[str] | None = None
) -> t.Any:
    said = [] if told is None else told
    return lease.acquire(api(server), "msp", holder, wait_timeout=wait_timeout, sessions=lambda: sessions, tell=said.append)


def test_it_is_created_where_there_is_none_f20(server: Server) -> None:
    assert acquire(server).standing is Standing.FREE
    assert server.holder == "me"


def test_without_its_namespace_it_is_not_acquired_f20(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_url: str, _body: Json) -> t.NoReturn:
        raise NotFound("404", reason=Reason.API_NOT_FOUND)

    monkeypatch.setattr(server, "create", nowhere)
    with pytest.raises(Refused, match="namespace msp does not exist"):
        acquire(server)


def test_a_released_one_is_taken_f20(server: Server) -> None:
    server.put("")
    assert acquire(server).standing is Standing.FREE
    assert server.holder == "me"


def test_of_two_that_see_nothing_the_faster_creates_it_f20(server: Server) -> None:
    server.before_write = lambda: server.put("faster") if not server.found else None
    told: list[str] = []
    with pytest.raises(Refused, match=r"Lease msp/alga-appliance.*held by faster.*Nothing was changed") as refused:
        acquire(server, wait_timeout=2, told=told)
    assert refused.value.evidence["held_by"] == server.holder == "faster"
    assert len(told) == 1 and "is held by faster" in told[0]


def test_of_two_that_see_a_dead_holder_the_faster_takes_over_f20(server: Server) -> None:
    server.put("dead")
    server.before_write = lambda: server.put("faster", "r2") if server.holder == "dead" else None
    with pytest.raises(Refused, match="held by faster"):
        acquire(server, wait_timeout=DURATION_SECONDS + 5)
    assert server.holder == "faster"


def test_a_dead_holder_is_taken_over_and_named_f20(server: Server) -> None:
    server.put("dead")
    taken = acquire(server)
    assert (taken.standing, taken.lease.holder, server.holder) == (Standing.STALE, "dead", "me")
    assert time.monotonic() >= DURATION_SECONDS
    assert server.found and server.found["spec"]["leaseTransitions"] == 1


@pytest.mark.parametrize("sessions", ["PostgreSQL process 7", "the password was refused"])
def test_a_session_or_an_unknown_one_keeps_a_silent_holder_f20(server: Server, sessions: str) -> None:
    server.put("silent")
    with pytest.raises(Refused, match=f"held by silent.*there is evidence that it is alive: {sessions}"):
        acquire(server, sessions=sessions)
    assert server.holder == "silent"


def test_a_holder_that_renews_is_waited_for_no_longer_than_wait_timeout_f20(
    server: Server, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def renewing(seconds: float) -> None:
        clock(seconds)
        server.put("alive", str(time.monotonic() // RENEW_SECONDS))

    server.put("alive", "0")
    monkeypatch.setattr(time, "sleep", renewing)
    with pytest.raises(Refused, match="after 100 seconds"):
        acquire(server, wait_timeout=100)
    assert 100 <= time.monotonic() < 102
    assert server.holder == "alive"


def test_what_is_ours_is_renewed_f20(server: Server) -> None:
    server.put("me")
    assert acquire(server).standing is Standing.OURS
    assert server.found and server.found["spec"]["renewTime"] != "r1"
    assert server.found["spec"]["acquireTime"] == "then"


def test_renewing_proves_that_it_is_ours_f20(server: Server) -> None:
    server.put("me")
    lease.renew(api(server), "msp", "me")
    assert server.found and server.found["spec"]["renewTime"] != "r1"
    server.put("other")
    with pytest.raises(Refused, match="which no longer holds it: it is held by other"):
        lease.renew(api(server), "msp", "me")
    server.put("")
    with pytest.raises(Refused, match="which no longer holds it: nobody holds it"):
        lease.renew(api(server), "msp", "me")
    server.found = None
    with pytest.raises(Refused, match="which no longer holds it: nobody holds it"):
        lease.renew(api(server), "msp", "me")


def test_one_taken_between_the_look_and_the_write_is_not_written_f20(server: Server) -> None:
    server.put("me")
    server.before_write = lambda: server.put("other")
    with pytest.raises(Refused, match="held by other"):
        lease.renew(api(server), "msp", "me")
    assert server.holder == "other"
    server.put("me")
    assert lease.release(api(server), "msp", "me").holder == "other"
    assert server.holder == "other"


def test_our_own_heartbeat_in_between_is_no_loss_f20(server: Server) -> None:
    server.put("me")
    races = iter(["r2", "r3"])
    server.before_write = lambda: server.put("me", race) if (race := next(races, "")) else None
    lease.renew(api(server), "msp", "me")
    server.before_write = lambda: server.put("me", "again")
    with pytest.raises(ActionFailed, match="in a row"):
        lease.renew(api(server), "msp", "me")


def test_release_empties_only_what_is_ours_f20(server: Server) -> None:
    assert lease.release(api(server), "msp", "me").holder == ""
    server.put("other")
    assert lease.release(api(server), "msp", "me").holder == "other"
    assert server.holder == "other"
    server.put("me")
    assert lease.release(api(server), "msp", "me").holder == "me"
    assert server.holder == ""


def test_the_heartbeat_outlasts_an_absent_api_server_and_ends_with_the_lease_f20(server: Server) -> None:
    server.put("me")
    waited: list[float] = []

    def ended(seconds: float) -> bool:
        waited.append(seconds)
        server.down = len(waited) in (2, 3)
        if len(waited) == 6:
            server.put("other")
        return False

    assert not lease.beat(api(server), "msp", "me", ended)
    assert waited == [RENEW_SECONDS] * 6
    assert server.writes == 1 + 3 + 1, "put, three renewals in six rounds, put"
    assert server.holder == "other"


def test_a_play_that_was_cut_off_is_named_to_the_next_and_to_no_later_one_f20(server: Server) -> None:
    server.put("killed")
    assert lease.beat(api(server), "msp", "killed", lambda _seconds: True)
    lease.release(api(server), "msp", "killed", cut_off="killed")
    assert acquire(server).lease.cut_off == "killed"
    lease.release(api(server), "msp", "me")
    taken = acquire(server)
    assert (taken.standing, taken.lease.cut_off) == (Standing.FREE, "")


def test_work_under_the_lease_is_stopped_before_its_next_change_f20(server: Server) -> None:
    server.put("me")
    with lease.kept(api(server), api(server), "msp", "me") as check:
        check()
        assert "lease" in {thread.name for thread in threading.enumerate()}
        begun = time.perf_counter()
        server.put("other")
        with pytest.raises(Refused, match="held by other"):
            check()
    assert "lease" not in {thread.name for thread in threading.enumerate()}
    assert time.perf_counter() - begun < RENEW_SECONDS - 1, "the heartbeat is told to end, not waited for"
    with pytest.raises(Refused, match="held by other"), lease.kept(api(server), api(server), "msp", "me"):
        pytest.fail("work began without the Lease")


def test_every_request_that_changes_something_asks_first_f20(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {}}],
    }
    file.write_text(yaml.safe_dump(content))
    real = KubernetesApi(str(file))

    def lost() -> None:
        raise Refused("lost")

    real.before_change = lost
    changes: list[Callable[[], object]] = [
        lambda: real.create("/x", {}),
        lambda: real.merge("/x", {}),
        lambda: real.apply("/x", {}),
        lambda: real.delete("/x"),
    ]
    for change in changes:
        with pytest.raises(Refused, match="lost"):
            change()
    with pytest.raises(ObservationFailed):
        real.get("/x")


def test_check_mode_works_without_the_lease_f20() -> None:
    case = UseCase("x", Changing, lambda options, _run: {"lease": options.lease})

    def answered(*, check_mode: bool) -> object:
        return case.answer({"lease": "me"}, Run(check_mode, False, lambda _arguments, _stdin, seconds=None: (0, "", "")))["lease"]

    assert (answered(check_mode=True), answered(check_mode=False)) == ("", "me")
