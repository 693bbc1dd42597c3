# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Kubernetes API as plain JSON. Its own word that something is not there is an answer; any other failure is a typed error."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import sys
import time
import typing as t
from urllib.parse import urlencode

from ..._core import refusals
from ..._core.bootstrap.job_log import forms
from ..._core.errors import ObservationFailed
from ..._core.names import FIELD_MANAGER
from ..._core.quote import quote, without_credentials
from ..._core.states import Reason
from . import kubeconfig as kubeconfig_file
from .api_answers import (
    TOO_MANY,
    WAITS,
    NotFound,
    asked_seconds,
    by_somebody_else,
    is_object,
    message,
    refusal,
    status_object,
    unanswered,
    was_not_begun,
)

IMPORT_ERROR: ImportError | None
try:
    import yaml
    from kubernetes import client
    from kubernetes.stream import ws_client
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError
    from websocket import WebSocketBadStatusException, WebSocketException

    class _Quoting(yaml.SafeDumper):
        """Texts in quotes, so that no reader of YAML takes one for a number or a truth, and nothing by reference."""

        def ignore_aliases(self, _data: t.Any) -> bool:
            return True

    _Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))

    class _Forward(ws_client.PortForward):
        """A port-forward whose thread ends in silence when either end is gone: the one that is left is told by its own socket."""

        def _proxy(self) -> None:
            try:
                super()._proxy()  # type: ignore[no-untyped-call]
            except OSError:
                # Most often ours: a session was closed while an answer was under way.
                for port in self.local_ports.values():
                    port.python.close()
                self.websocket.close()

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

Json = dict[str, t.Any]

# What the code of a refused port-forward or exec says; every other one is Reason.POD_UNREACHABLE. The API server passes on what
# the node's kubelet answers, and has a code of its own (5xx) where that does not.
POD_REASONS = {
    401: Reason.API_UNAUTHORIZED,
    403: Reason.API_FORBIDDEN,
    **dict.fromkeys((500, 502, 503, 504), Reason.NODE_FAILED),
}

REQUEST_SECONDS = (5.0, 30.0)
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

CORE = "/api/v1"
APPS = "/apis/apps/v1"
BATCH = "/apis/batch/v1"

HELM_RECORD = "helm.sh/release.v1"


def path(kind: str, namespace: str = "", name: str = "", *, group: str = CORE) -> str:
    """Build the path of an object or a list, from the plural kind."""
    parts = [group, f"namespaces/{namespace}" if namespace else "", kind, name]
    return "/".join(part for part in parts if part)


def _passing(url: str, query: t.Mapping[str, str]) -> bool:
    """Whether a request that is not a read leaves nothing: a dry run, a question about permissions, a pod that only looks."""
    return "dryRun" in query or "/authorization.k8s.io/" in url or "/pods" in url


def _as_yaml(body: t.Any) -> str:
    """A body of server-side apply, which is YAML (Kubernetes: "Server-Side Apply", Serialization).

    JSON is YAML but for one thing: it writes a character beyond U+FFFF as two halves, which YAML has no name for.
    """
    # Ansible marks texts with types of its own, which JSON knows for what they are.
    return yaml.dump(json.loads(json.dumps(body)), Dumper=_Quoting, width=sys.maxsize)


def decode(secret: Json | None) -> dict[str, bytes] | None:
    """Decode the data of a Secret; None stays None."""
    if secret is None:
        return None
    return {key: base64.b64decode(value or "") for key, value in (secret.get("data") or {}).items()}


def as_text(value: bytes, key: str, secret: str) -> str:
    """The text that a Secret's value is.

    :param secret: the Secret as NAMESPACE/NAME, for the message, which does not repeat the value.
    :raises ObservationFailed: when its bytes are no UTF-8, or one of them ends a text in every environment.
    """
    try:
        text = value.decode()
        if "\0" in text:
            raise UnicodeDecodeError("utf-8", value, value.index(b"\0"), len(value), "it ends a text")
        return text
    except UnicodeDecodeError as error:
        raise ObservationFailed(
            f"Key {key} of Secret {secret} has {len(value)} bytes that are not UTF-8 text (from byte {error.start} on), so it "
            "cannot be the value that the appliance was set up with.",
            reason=Reason.SECRET_MISMATCH,
            next_action=f"Restore the correct value of {key} from a backup or an escrowed copy; do not create a new one.",
        ) from None


def encode(data: t.Mapping[str, bytes]) -> dict[str, str]:
    """The data of a Secret as the API takes it."""
    return {key: base64.b64encode(value).decode() for key, value in data.items()}


class KubernetesApi:
    """One cluster, opened by one context of one kubeconfig.

    :param kubeconfig: path of the file.
    :param context: name of the context; the file's current one when empty.
    :param seconds: time to connect and time to answer.
    :raises ObservationFailed: when the file cannot be read as a kubeconfig.
    :ivar changed: whether something was begun to be changed that stays.
    """

    changed = False

    def __init__(self, kubeconfig: str, context: str | None = None, *, seconds: tuple[float, float] = REQUEST_SECONDS) -> None:
        self._seconds = seconds
        # Called right before every request that changes something; what it raises passes through.
        self.before_change: t.Callable[[], None] = lambda: None
        self._configuration = kubeconfig_file.load(kubeconfig, context)
        self._client = client.ApiClient(self._configuration)
        kubeconfig_file.into_memory(kubeconfig, self._client.rest_client.pool_manager.connection_pool_kw)
        self.server = without_credentials(str(self._configuration.host))

    def beside(self, seconds: tuple[float, float] = REQUEST_SECONDS) -> KubernetesApi:
        """The same cluster for what goes on meanwhile, over the same login and connections; it is closed with this one.

        :param seconds: time to connect and time to answer.
        """
        other = copy.copy(self)
        other._seconds, other.before_change, other.changed = seconds, lambda: None, False
        return other

    def changing(self) -> None:
        """Announce a change that goes through another port, right before it is begun."""
        self.before_change()
        self.changed = True

    def close(self) -> None:
        """Give back the connections."""
        self._client.rest_client.pool_manager.clear()

    def request(
        self,
        method: str,
        url: str,
        *,
        body: t.Any = None,
        content_type: str = "application/json",
        query: t.Mapping[str, str] | None = None,
    ) -> str | None:
        """Send one request.

        :returns: the body as text, with a replacement character for what is no UTF-8; ``None`` where something that was to be
            read or deleted does not exist, by the API server's own word. A proxy's page with the same code says nothing.
        :raises Conflict: on 409.
        :raises NotFound: when something that was to be changed, or the namespace of what was to be created, does not exist.
        :raises ObservationFailed: when the server cannot be reached, refuses or fails, or somebody else answers in its place.
        """
        if method != "GET":
            self.before_change()
        stays = method != "GET" and not _passing(url, query or {})
        tried = f"{method} {url} on the Kubernetes API server {self.server}"
        address = url + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json, */*", "Content-Type": content_type}
        content = None if body is None else _as_yaml(body) if content_type == APPLY else json.dumps(body)
        waits = 0
        while True:
            try:
                response = self._send(method, address, headers, content)
                text = str(response.data.decode(errors="replace"))
            except HTTPError as error:
                self.changed = self.changed or stays
                raise unanswered(tried, error) from error
            # It has not begun with the request (Kubernetes: API Priority and Fairness), a write as little as a read.
            busy = response.status == TOO_MANY or (method == "POST" and was_not_begun(int(response.status), text, url, body))
            if not busy or waits == WAITS:
                break
            time.sleep(asked_seconds(response.headers.get("Retry-After")))
            waits += 1
        # What the server refused did not happen; what it failed with may have.
        self.changed = self.changed or (stays and not 400 <= response.status < 500)
        if response.status < 300:
            return text
        refused = refusal(tried, url, int(response.status), text, self._secrets(url, body))
        if isinstance(refused, NotFound) and method in ("GET", "DELETE"):
            return None
        raise refused

    def _send(self, method: str, address: str, headers: t.Mapping[str, str], content: str | None) -> t.Any:
        """Send a request through the client's connections, which have the kubeconfig's certificates and proxy.

        Of the client's own ways to do so, the generated methods know the API's kinds only, and the general one has been
        another with each generator of the client.

        :raises HTTPError: when no answer came.
        """
        return self._client.rest_client.pool_manager.request(
            method,
            f"{self._configuration.host}{address}",
            body=content,
            headers={**self._client.default_headers, **self._credentials(), **headers},
            timeout=Timeout(connect=self._seconds[0], read=self._seconds[1]),
            # An answer that breaks off is no answer, and is not asked for again in silence.
            preload_content=False,
            # An API server redirects nobody; a proxy that wants a login does.
            redirect=False,
        )

    def _credentials(self) -> dict[str, str]:
        """The headers that say who asks; a token that has expired is renewed before."""
        settings = self._configuration.auth_settings().values()
        headers = {each["key"]: str(each["value"]).strip() for each in settings if each["value"]}
        if all(value.isprintable() for value in headers.values()):
            return headers
        # http.client would refuse it with the token in its message.
        raise ObservationFailed(
            f"Could not log in to the Kubernetes API server {self.server}: the token that the kubeconfig gives contains control "
            "characters. It was not sent.",
            reason=Reason.API_UNAUTHORIZED,
            next_action="Correct the token, the token file or the login plugin in the kubeconfig that alga_kubeconfig names.",
        )

    def _secrets(self, url: str = "", body: t.Any = None) -> tuple[str, ...]:
        """What a request had that nobody may read in its answer: the token, and the values of a Secret, encoded and plain."""
        data = body.get("data") if isinstance(body, dict) and "/secrets" in url else None
        encoded = [str(value) for value in (data or {}).values() if value]
        tokens = [str(value).rpartition(" ")[2] for value in self._configuration.api_key.values()]
        return forms([*map(base64.b64decode, encoded), *(each.encode() for each in (*encoded, *tokens))])

    def get(self, url: str, **query: str) -> Json | None:
        """Read one object or list; ``None`` when the server says it does not exist."""
        text = self.request("GET", url, query=query)
        return None if text is None else self._parsed(f"GET {url}", text)

    def _parsed(self, tried: str, text: str | None, *, kinds: str = "") -> Json:
        """An object as the API server answers it; a page, or another program's JSON, with the code of a success is none.

        :param kinds: the end of the kind that it must have; without one, anything but a Status.
        """
        try:
            found = json.loads(text or "")
        except ValueError:
            found = None
        fits = is_object(found) and (found["kind"].endswith(kinds) if kinds else found["kind"] != "Status")
        if not fits:
            raise by_somebody_else(f"{tried} on the Kubernetes API server {self.server}", 200, text)
        return t.cast("Json", found)

    def items(self, url: str, **query: str) -> list[Json]:
        """Read a list; one without objects says so (Kubernetes API conventions, "Lists and Simple kinds").

        :raises ObservationFailed: also where the answer is no list, which says nothing of what there is.
        """
        text = self.request("GET", url, query=query)
        if text is None:
            # Of a namespace that does not exist the server answers a list, too, and every kind that is asked for is its own.
            raise by_somebody_else(f"GET {url} on the Kubernetes API server {self.server}", 404, text)
        items = self._parsed(f"GET {url}", text, kinds="List").get("items", "")
        # Go writes a list that was never made as null.
        if items is not None and not (isinstance(items, list) and all(isinstance(each, dict) for each in items)):
            raise by_somebody_else(f"GET {url} on the Kubernetes API server {self.server}", 200, text)
        return list(items or [])

    def group(self, name: str) -> str:
        """The path of an API group in the version that the server prefers, by its own list; empty where it has no such group.

        Of a group that a CustomResourceDefinition brings, a server without it says only that there is no such page.
        """
        groups = (self.get("/apis") or {}).get("groups") or []
        found = next((each for each in groups if each["name"] == name), None)
        return f"/apis/{found['preferredVersion']['groupVersion']}" if found else ""

    def secrets(self, namespace: str) -> list[Json]:
        """The Secrets of a namespace but for helm's records, which are megabytes of past renderings."""
        return self.items(path("secrets", namespace), fieldSelector=f"type!={HELM_RECORD}")

    def create(self, url: str, body: Json, *, dry_run: bool = False) -> Json:
        """Create an object.

        :raises Conflict: when it exists.
        :raises NotFound: when its namespace does not.
        """
        query = {"fieldManager": FIELD_MANAGER} | ({"dryRun": "All"} if dry_run else {})
        return self._parsed(f"POST {url}", self.request("POST", url, body=body, query=query))

    def merge(self, url: str, body: Json, *, dry_run: bool = False) -> Json:
        """Change parts of an object by JSON merge patch.

        :raises NotFound: when it does not exist.
        """
        query = {"fieldManager": FIELD_MANAGER} | ({"dryRun": "All"} if dry_run else {})
        return self._parsed(f"PATCH {url}", self.request("PATCH", url, body=body, content_type=MERGE, query=query))

    def apply(self, url: str, body: Json, *, dry_run: bool = False) -> Json:
        """Server-side apply under the collection's field manager, taking over the fields that it names.

        :raises NotFound: when its namespace does not exist.
        """
        query = {"fieldManager": FIELD_MANAGER, "force": "true"} | ({"dryRun": "All"} if dry_run else {})
        return self._parsed(f"PATCH {url}", self.request("PATCH", url, body=body, content_type=APPLY, query=query))

    def delete(self, url: str, *, propagation: str = "Background") -> None:
        """Delete an object; one that is already gone is fine.

        :param propagation: ``Foreground`` keeps it until everything that it owns is gone (Kubernetes: cascading deletion).
        """
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if (text := self.request("DELETE", url, body=body)) is not None:
            self._deleted(f"DELETE {url}", text)

    def _deleted(self, tried: str, text: str) -> None:
        """Hold an answer to be the object that was deleted, or a Status that says so."""
        if status_object(text).get("status") != "Success":
            self._parsed(tried, text)

    def port_forward(self, namespace: str, pod: str, port: int) -> t.Any:
        """Open a connection into a pod's network namespace, where it arrives from loopback.

        :returns: a connected socket.
        :raises ObservationFailed: when the API server does not allow or cannot open it.
        """
        what = f"A port-forward to port {port} of pod {namespace}/{pod} (create pods/portforward)"
        with self._socket(what, path("pods", namespace, pod) + "/portforward") as (full, headers):
            address = ws_client.get_websocket_url(full, [("ports", str(port))])
            try:
                websocket = ws_client.create_websocket(self._configuration, address, headers)
            except (WebSocketException, OSError) as error:
                # As the client's own call for it does, whose thread would not be silent.
                raise client.ApiException(status=0, reason=str(error)) from error
        forward: t.Any = _Forward(websocket, [port])  # type: ignore[no-untyped-call]
        return forward.socket(port)

    def execute(self, namespace: str, pod: str, container: str, command: t.Sequence[str], *, stdin: bytes = b"") -> bytes:
        """Run a program in a container that runs, and read what it prints.

        :param stdin: what it reads; it has to tell the program itself where the end is, because an input cannot be closed here.
        :raises ObservationFailed: when the API server does not allow it, or the program fails; with what it said.
        """
        what = f"{' '.join(command)} in container {container} of pod {namespace}/{pod} (create pods/exec)"
        query = [*(("command", word) for word in command), ("container", container), ("stdout", "true"), ("stderr", "true")]
        query += [("stdin", "true")] if stdin else []
        with self._socket(what, path("pods", namespace, pod) + "/exec") as (full, headers):
            running = ws_client.websocket_call(
                self._configuration, "GET", full, query_params=query, headers=headers, binary=True, _preload_content=False
            )
        with contextlib.closing(running):
            if stdin:
                running.write_stdin(stdin)
            running.run_forever(timeout=self._seconds[1])
            channels = (ws_client.STDOUT_CHANNEL, ws_client.STDERR_CHANNEL, ws_client.ERROR_CHANNEL)
            # Of a channel without data, older versions of the client return an empty str.
            printed, wrong, ended = (bytes(running.read_channel(channel) or b"") for channel in channels)
            said = wrong.decode(errors="replace").strip()
        try:
            status = json.loads(ended)
        except ValueError:
            status = {}  # the connection ended before the program did
        if status.get("status") != "Success":
            # psql repeats the statement that failed, which may hold a verifier, and points into it.
            lines = [line for line in said.splitlines() if not line.startswith("LINE ") and line.strip() != "^"]
            why = quote(" ".join(lines)) if lines else message(ended)
            raise ObservationFailed(f"{what} failed: {why}.", reason=Reason.LOOK_FAILED)
        return printed

    @contextlib.contextmanager
    def _socket(self, what: str, url: str) -> t.Iterator[tuple[str, dict[str, str]]]:
        """The address and the headers of a websocket; what it is answered becomes an error of its own.

        :raises ObservationFailed: when it cannot be opened.
        """
        try:
            yield f"{self._configuration.host}{url}", {**self._client.default_headers, **self._credentials()}
        except client.ApiException as error:
            # The client tells only in words what its websocket was answered; the answer itself is behind its error.
            answer = error.__context__
            if not isinstance(answer, WebSocketBadStatusException):
                tried = f"{what} on the Kubernetes API server {self.server}"
                raise unanswered(tried, answer or error) from error
            status, said = int(answer.status_code), message(answer.resp_body, self._secrets())
            raise ObservationFailed(
                f"{what} failed with status {status}: {said}.",
                reason=POD_REASONS.get(status, Reason.POD_UNREACHABLE),
                next_action=refusals.next_action(status, said, {}) if status == 403 else "",
                evidence={"status": status},
            ) from error
