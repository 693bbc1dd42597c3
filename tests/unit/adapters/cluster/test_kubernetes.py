# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer of the Kubernetes API means: only its own word says that something does not exist, and its bytes may be any."""

from __future__ import annotations

import dataclasses
import http.server
import json
import threading
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import kubernetes
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import Conflict, NotFound
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason

URL = path("secrets", "msp", "db-credentials")


def status(code: int, reason: str, message: str) -> bytes:
    """An answer of the API server's own (Kubernetes API conventions, "Response Status Kind")."""
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}
    return json.dumps(said).encode()


NO_SECRET = status(404, "NotFound", 'secrets "db-credentials" not found')
NO_NAMESPACE = status(404, "NotFound", 'namespaces "msp" not found')
# An answer with which every call is content.
OBJECT = b'{"kind": "SecretList", "apiVersion": "v1", "items": []}'
# Who answers with 404 in the API server's place, or for a path that it does not know.
OTHERS = {
    "an ingress": b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>",
    "a default backend": b"default backend - 404",
    "a path that the API server does not know": b"404 page not found\n",
    "a gateway's JSON": b'{"error": "not found"}',
    "a JSON list": b"[]",
    "nothing": b"",
    "bytes that are no text": b"\xff\xfe\x00",
    "a Status with another reason": status(404, "", "the server could not find the requested resource"),
}


@dataclasses.dataclass
class Busy:
    """How often a server that has no room for requests says so, with which Retry-After, and what is waited for that."""

    left: int = 0
    header: str | None = None
    seconds: float = 1.0


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every request with one status and one body, and keeps what it was asked and sent last."""

    status, body, sent, asked, token, busy = 200, OBJECT, b"", "", "", Busy()

    def _answer(self) -> None:
        Answering.asked, Answering.token = self.path, self.headers.get("Authorization", "")
        Answering.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.busy.left:
            self.busy.left -= 1
            self.send_response(429)
            if self.busy.header:
                self.send_header("Retry-After", self.busy.header)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_request(self, *_answer: object) -> None:
        """Stay silent."""


for verb in ("GET", "POST", "PATCH", "DELETE"):
    setattr(Answering, f"do_{verb}", Answering._answer)  # the names that http.server calls


def client_of(folder: Path, port: int, **user: str) -> KubernetesApi:
    """A client of a server on loopback, that logs in as a user."""
    named = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(named))
    return KubernetesApi(str(file), None)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesApi]:
    """A client of a server on loopback that answers as a test wants."""
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield client_of(tmp_path_factory.mktemp("cluster"), server.server_port)
        server.shutdown()


Answer = t.Callable[[int, bytes], None]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Set what is answered."""

    def set_to(code: int, body: bytes) -> None:
        monkeypatch.setattr(Answering, "status", code)
        monkeypatch.setattr(Answering, "body", body)

    return set_to


Act = t.Callable[[KubernetesApi], object]
WRITES: dict[str, Act] = {
    "create": lambda api: api.create(path("secrets", "msp"), {}),
    "merge": lambda api: api.merge(URL, {}),
    "apply": lambda api: api.apply(URL, {}),
}
ALL: dict[str, Act] = {
    **WRITES,
    "get": lambda api: api.get(URL),
    "items": lambda api: api.items(URL),
    "delete": lambda api: api.delete(URL),
}


def test_what_the_api_server_does_not_find_is_not_there(api: KubernetesApi, answers: Answer) -> None:
    answers(404, NO_SECRET)
    assert api.get(URL) is None
    api.delete(URL)


@pytest.mark.parametrize("act", ALL)
@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_404_of_somebody_else_is_no_answer_f27(api: KubernetesApi, answers: Answer, body: bytes, act: str) -> None:
    answers(404, body)
    with pytest.raises(ObservationFailed) as raised:
        ALL[act](api)
    assert raised.value.reason is Reason.API_ERROR and not isinstance(raised.value, NotFound)
    assert "answered with status 404 by something other than an API server" in raised.value.message
    assert "alga_kubeconfig" in raised.value.next_action


def failure(**more: t.Any) -> bytes:
    """A Status object that says of itself what a test wants."""
    return json.dumps({**json.loads(status(404, "NotFound", "not found")), **more}).encode()


@pytest.mark.parametrize(
    "body",
    [
        failure(details={"name": "c-m-1", "kind": "clusters"}),
        failure(code=403),
        failure(status="Success"),
        failure(apiVersion="example.org/v1"),
    ],
    ids=["another object", "another code", "a success", "another program's Status"],
)
@pytest.mark.parametrize("act", ALL)
def test_a_status_that_does_not_fit_the_request_is_somebody_elses_f27(
    api: KubernetesApi, answers: Answer, act: str, body: bytes
) -> None:
    answers(404, body)
    with pytest.raises(ObservationFailed, match="by something other than an API server") as raised:
        ALL[act](api)
    assert not isinstance(raised.value, NotFound)


@pytest.mark.parametrize("kind", ["secrets", "namespaces"])
def test_a_status_may_name_any_part_of_the_path(api: KubernetesApi, answers: Answer, kind: str) -> None:
    answers(404, failure(details={"name": {"secrets": "db-credentials", "namespaces": "msp"}[kind], "kind": kind}))
    assert api.get(URL) is None


def test_the_log_of_a_pod_whose_node_is_gone_is_not_there(api: KubernetesApi, answers: Answer) -> None:
    answers(404, failure(details={"name": "node-1", "kind": "nodes"}))
    assert api.request("GET", path("pods", "msp", "db-0") + "/log") is None


def test_a_list_that_does_not_exist_is_no_empty_list_f27(api: KubernetesApi, answers: Answer) -> None:
    answers(404, NO_SECRET)
    with pytest.raises(ObservationFailed, match="by something other than an API server"):
        api.items(path("secrets", "msp"))


@pytest.mark.parametrize("items", ["", ', "items": {}', ', "items": [null]', ', "items": "none"'])
def test_an_answer_without_items_is_no_empty_list_f27(api: KubernetesApi, answers: Answer, items: str) -> None:
    answers(200, f'{{"kind": "SecretList", "apiVersion": "v1"{items}}}'.encode())
    with pytest.raises(ObservationFailed, match="by something other than an API server"):
        api.items(path("secrets", "msp"))


def test_a_list_that_was_never_made_is_empty(api: KubernetesApi, answers: Answer) -> None:
    answers(200, b'{"kind": "SecretList", "apiVersion": "v1", "items": null}')
    assert api.items(path("secrets", "msp")) == []


def test_the_list_of_the_core_groups_kinds_is_an_object(api: KubernetesApi, answers: Answer) -> None:
    answers(200, b'{"kind": "APIResourceList", "groupVersion": "v1", "resources": []}')
    assert api.get("/api/v1") is not None


@pytest.mark.parametrize("act", ALL)
@pytest.mark.parametrize(
    "body",
    [b'{"status": "ok"}', b'{"kind": "Secret"}', failure(), failure(code=200), b'{"kind": null, "apiVersion": "v1"}'],
    ids=["health", "no version", "404 inside", "200 inside", "no kind"],
)
def test_json_of_another_program_with_the_code_of_a_success_is_no_answer_f27(
    api: KubernetesApi, answers: Answer, act: str, body: bytes
) -> None:
    answers(200, body)
    with pytest.raises(ObservationFailed, match="by something other than an API server"):
        ALL[act](api)


@pytest.mark.parametrize("act", [each for each in ALL if each != "delete"])
def test_a_status_is_no_object(api: KubernetesApi, answers: Answer, act: str) -> None:
    answers(200, b'{"kind": "Status", "apiVersion": "v1", "status": "Success"}')
    with pytest.raises(ObservationFailed, match="by something other than an API server"):
        ALL[act](api)


def test_a_part_of_a_secret_is_not_shown_f10(api: KubernetesApi, answers: Answer) -> None:
    answers(200, b'{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db"},"data":{"DB_PASSWORD_SERVER":"Y2FuYXJ5LXZhbHVl')
    with pytest.raises(ObservationFailed, match="characters of JSON that is not what was asked for") as raised:
        api.get(URL)
    assert "Y2FuYXJ5" not in str(raised.value)


@pytest.mark.parametrize("body", [b"", b"<html>conflict</html>", b'{"error": "conflict"}', status(409, "Expired", "it is old")])
def test_a_conflict_of_somebody_else_is_no_answer_f27(api: KubernetesApi, answers: Answer, body: bytes) -> None:
    answers(409, body)
    with pytest.raises(ObservationFailed, match="by something other than an API server") as raised:
        api.create(path("secrets", "msp"), {})
    assert not isinstance(raised.value, Conflict)


@pytest.mark.parametrize("act", WRITES)
def test_nothing_is_created_in_a_namespace_that_does_not_exist_and_that_is_said(
    api: KubernetesApi, answers: Answer, act: str
) -> None:
    answers(404, NO_NAMESPACE)
    with pytest.raises(NotFound, match='namespaces "msp" not found') as raised:
        WRITES[act](api)
    assert raised.value.reason is Reason.API_NOT_FOUND


@pytest.mark.parametrize("act", ALL)
@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"[]", b'"text"', b"\xff"])
def test_a_page_with_the_code_of_a_success_is_no_answer_f27(api: KubernetesApi, answers: Answer, body: bytes, act: str) -> None:
    answers(200, body)
    with pytest.raises(ObservationFailed, match="by something other than an API server"):
        ALL[act](api)


def test_a_token_is_sent_without_the_newline_of_its_file(api: KubernetesApi, answers: Answer, tmp_path: Path) -> None:
    answers(200, OBJECT)
    port = int(api.server.rpartition(":")[2])
    client_of(tmp_path, port, token="canary-token\n").get(URL)
    assert Answering.token == "Bearer canary-token"
    with pytest.raises(ObservationFailed, match="control characters") as raised:
        client_of(tmp_path, port, token="canary\rtoken").get(URL)
    assert "canary" not in str(raised.value) and "alga_kubeconfig" in raised.value.next_action


@pytest.mark.parametrize("act", ALL)
def test_a_redirect_to_a_login_is_no_answer_f27(api: KubernetesApi, answers: Answer, act: str) -> None:
    answers(302, b"")
    with pytest.raises(ObservationFailed, match="answered with status 302 by something other than an API server"):
        ALL[act](api)


def test_a_group_has_the_version_that_the_server_prefers_or_is_not_there(api: KubernetesApi, answers: Answer) -> None:
    group = {"name": "snapshot.storage.k8s.io", "preferredVersion": {"groupVersion": "snapshot.storage.k8s.io/v1"}}
    answers(200, json.dumps({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]}).encode())
    assert api.group("snapshot.storage.k8s.io") == "/apis/snapshot.storage.k8s.io/v1"
    assert api.group("snapshot.storage") == ""
    assert Answering.asked == "/apis"


def test_the_records_of_helm_are_not_read_as_secrets(api: KubernetesApi, answers: Answer) -> None:
    answers(200, json.dumps({"kind": "SecretList", "apiVersion": "v1", "items": [{"metadata": {"name": "keys"}}]}).encode())
    assert [item["metadata"]["name"] for item in api.secrets("msp")] == ["keys"]
    assert Answering.asked == "/api/v1/namespaces/msp/secrets?fieldSelector=type%21%3Dhelm.sh%2Frelease.v1"


def test_a_conflict_is_an_answer_of_its_own(api: KubernetesApi, answers: Answer) -> None:
    answers(409, status(409, "AlreadyExists", 'secrets "db-credentials" already exists'))
    with pytest.raises(Conflict, match="already exists"):
        api.create(path("secrets", "msp"), {})


@pytest.mark.parametrize("busy", [Busy(2), Busy(2, "3", 3.0), Busy(2, "600", 10.0), Busy(2, "Fri, 01 Jan 2027")])
@pytest.mark.parametrize("act", ALL)
def test_a_server_without_room_is_asked_again_as_it_wishes_r27(
    api: KubernetesApi, answers: Answer, monkeypatch: pytest.MonkeyPatch, act: str, busy: Busy
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(Answering, "busy", dataclasses.replace(busy))
    answers(200, OBJECT)
    ALL[act](api)
    assert slept == [busy.seconds] * 2


def test_a_server_that_never_has_room_is_an_answer_r27(api: KubernetesApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    busy = Busy(100)
    monkeypatch.setattr(Answering, "busy", busy)
    with pytest.raises(ObservationFailed, match="failed with status 429") as raised:
        api.get(URL)
    assert raised.value.reason is Reason.API_ERROR and busy.left == 100 - 6


def test_a_log_may_have_any_bytes(api: KubernetesApi, answers: Answer) -> None:
    answers(200, b"M\xfc \xf0\x9f\x9a\x80\n\xff\xfe")
    assert api.request("GET", path("pods", "msp", "job") + "/log") == "M\ufffd \U0001f680\n\ufffd\ufffd"


def test_a_body_of_server_side_apply_names_characters_as_yaml_does(api: KubernetesApi, answers: Answer) -> None:
    answers(200, OBJECT)
    body = {"data": {"log": "\U0001f680 ready: yes \x85 \x00", "count": "1e3", "off": "off", "number": 3, "none": None}}
    api.apply(URL, body)
    assert yaml.safe_load(Answering.sent) == body
    assert b"\\ud83d" not in Answering.sent


@given(
    st.recursive(
        st.text() | st.integers() | st.booleans() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_every_body_is_the_same_as_yaml(body: t.Any) -> None:
    assert yaml.safe_load(kubernetes._as_yaml(body)) == body


def test_what_goes_on_beside_has_no_check_before_its_changes_and_tells_nobody_of_them(
    api: KubernetesApi, answers: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heartbeat is that check itself, and its renewals are no change of the task's."""
    answers(200, OBJECT)
    monkeypatch.setattr(api, "changed", False)
    monkeypatch.setattr(api, "before_change", lambda: pytest.fail("asked for itself"))
    beside = api.beside((1.0, 1.0))
    beside.merge(URL, {})
    assert beside.changed and not api.changed and beside.server == api.server
    with pytest.raises(pytest.fail.Exception, match="asked for itself"):
        api.merge(URL, {})


QUOTA = status(409, "Conflict", 'Operation cannot be fulfilled on resourcequotas "q": the object has been modified')
TAKEN = status(409, "AlreadyExists", 'pods "look-x" already exists')


@pytest.mark.parametrize(
    ("body", "metadata"), [(QUOTA, {"name": "x"}), (QUOTA, {"generateName": "look-"}), (TAKEN, {"generateName": "look-"})]
)
def test_what_was_not_begun_is_sent_again(
    api: KubernetesApi, answers: Answer, monkeypatch: pytest.MonkeyPatch, body: bytes, metadata: dict[str, str]
) -> None:
    answers(409, body)
    monkeypatch.setattr(time, "sleep", lambda _seconds: answers(200, OBJECT))
    api.create(path("pods", "msp"), {"metadata": metadata})


def test_a_quota_that_is_always_busy_is_an_answer(api: KubernetesApi, answers: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(api, "changed", False)
    answers(409, QUOTA)
    with pytest.raises(Conflict, match="resourcequotas"):
        api.create(path("secrets", "msp"), {"metadata": {"name": "x"}})
    assert len(slept) == 5 and not api.changed


def test_an_object_that_exists_is_not_created_again_and_again(
    api: KubernetesApi, answers: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("it waits"))
    answers(409, status(409, "AlreadyExists", 'secrets "x" already exists'))
    with pytest.raises(Conflict):
        api.create(path("secrets", "msp"), {"metadata": {"name": "x"}})


def test_a_value_that_no_environment_can_hold_is_no_text() -> None:
    with pytest.raises(ObservationFailed, match=r"has 8 bytes that are not UTF-8 text \(from byte 6 on\)") as raised:
        kubernetes.as_text(b"canary\0x", "KEY", "msp/s")
    assert "canary" not in raised.value.message
    assert kubernetes.decode({"data": {"KEY": None}}) == {"KEY": b""}
