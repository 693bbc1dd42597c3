# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kubeconfig and what it names, read once, so that both halves of the client, requests and websockets, do the same with it."""

from __future__ import annotations

import contextlib
import logging
import typing as t
from itertools import pairwise
from urllib.request import getproxies

from ..._core.errors import ObservationFailed
from ..._core.quote import quote, secrets_in
from ..._core.states import Reason
from .. import paths
from . import kubeconfig_shape

IMPORT_ERROR: ImportError | None
try:
    import yaml
    from kubernetes import client, config
    from kubernetes.config.config_exception import ConfigException
    from requests.utils import select_proxy, should_bypass_proxies
    from urllib3.util.ssl_ import create_urllib3_context

    # The client parses it with Python's own, too; libyaml's adds a tenth of that to a file with many contexts.
    _LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


def load(kubeconfig: str, context: str | None) -> t.Any:
    """The client's configuration for one context of a kubeconfig.

    :param context: its name; the file's current one when empty.
    :raises ObservationFailed: when the file cannot be read as a kubeconfig, or its login plugin fails.
    """
    configuration = client.Configuration()
    configuration.retries = False
    try:
        # From the file itself: of a text, YAML's errors quote the line, which may hold a token.
        with paths.given(kubeconfig).open(encoding="utf-8") as file:
            written = _LOADER(file).get_single_data()
        if wrong := kubeconfig_shape.wrong(written, context):
            raise _unreadable(kubeconfig, wrong)
        with _logged() as said:
            config.load_kube_config(config_file=kubeconfig, context=context or None, client_configuration=configuration)
        _refuse_anonymous(kubeconfig, kubeconfig_shape.user(written, context), configuration, said)
    except OSError as error:
        raise _unreadable(kubeconfig, _why(error, kubeconfig)) from error
    except (ConfigException, yaml.YAMLError, ValueError) as error:
        raise _unreadable(kubeconfig, str(error)) from error
    _decide_proxy(configuration, kubeconfig_shape.proxy(written, context))
    if wrong := _wrong_proxy(configuration.proxy):
        raise _unreadable(kubeconfig, wrong)
    return configuration


def _unreadable(kubeconfig: str, said: str) -> ObservationFailed:
    return ObservationFailed(
        f"The kubeconfig {kubeconfig} could not be loaded: {quote(said)}.",
        reason=Reason.API_UNREACHABLE,
        next_action="Correct alga_kubeconfig or alga_context.",
    )


def _why(error: OSError, kubeconfig: str) -> str:
    """What the system said; a file that the kubeconfig names, such as one with a token, is named, too."""
    said = error.strerror or str(error)
    return said if error.filename in (None, str(paths.given(kubeconfig))) else f"{said}: {error.filename}"


def _decide_proxy(configuration: t.Any, proxy: str) -> None:
    """Say once whether a proxy is between; each half of the client reads NO_PROXY in its own way (R18).

    Older versions of the client look for it neither in the kubeconfig nor in the environment.

    :param proxy: the kubeconfig's; empty when it names none.
    """
    configuration.proxy = proxy or configuration.proxy
    if should_bypass_proxies(configuration.host, configuration.no_proxy):
        configuration.proxy = None
    elif not configuration.proxy:
        configuration.proxy = select_proxy(configuration.host, getproxies())
    configuration.no_proxy = None


def _wrong_proxy(proxy: str | None) -> str:
    """Say what is wrong with a proxy, of which nothing is repeated: it may carry a password. The client fails at others."""
    if not proxy or proxy.lower().startswith(("http://", "https://")):
        return ""
    return "the proxy that it, or the environment, names has no URL that begins with http:// or https://"


def into_memory(kubeconfig: str, pool: dict[str, t.Any]) -> None:
    """Read certificates and key once, into memory.

    The client otherwise reads them at each new connection, from files that it has made of the kubeconfig and that are removed
    when the process which made them ends; what goes on beside a play lives longer.

    :param pool: urllib3's settings of new connections; the names of files in it are replaced by what they hold.
    :raises ObservationFailed: when a file cannot be read, or is no certificate or key.
    """
    try:
        _read_certificates(pool)
    except OSError as error:
        raise _unreadable(kubeconfig, str(error)) from error


def _read_certificates(pool: dict[str, t.Any]) -> None:
    files = {name: pool.pop(name, None) for name in ("ca_certs", "cert_file", "key_file")}
    authorities = pool.pop("ca_cert_data", None)
    context = create_urllib3_context(cert_reqs=pool["cert_reqs"])
    if files["ca_certs"] or authorities:
        context.load_verify_locations(files["ca_certs"], cadata=authorities)
    else:
        context.load_default_certs()
    if files["cert_file"]:
        context.load_cert_chain(files["cert_file"], files["key_file"])
    pool["ssl_context"] = context


class _Collecting(logging.Handler):
    """Keeps the messages that it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.said.append(record.getMessage())


@contextlib.contextmanager
def _logged() -> t.Iterator[list[str]]:
    """What is logged meanwhile: the client says in no other way why a login plugin failed, and goes on as nobody."""
    handler, root = _Collecting(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.said
    finally:
        root.removeHandler(handler)


def _refuse_anonymous(kubeconfig: str, user: t.Mapping[str, t.Any], configuration: t.Any, said: t.Sequence[str]) -> None:
    """Send nothing as nobody where the kubeconfig names a login plugin that gave neither a token nor a certificate.

    :param user: the kubeconfig's.
    :raises ObservationFailed: with what the plugin said.
    """
    if configuration.api_key or configuration.cert_file:
        return
    asked = user.get("exec") or {}
    if plugin := asked.get("command"):
        raise ObservationFailed(
            f"The kubeconfig {kubeconfig} logs in with {plugin}, which returned neither a token nor a certificate: "
            f"{quote(' '.join(said), _given_to(asked))}.",
            reason=Reason.API_UNAUTHORIZED,
            next_action=f"Fix the login with {plugin}, or correct alga_kubeconfig or alga_context.",
        )


def _given_to(plugin: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The secrets that a login plugin is given in its environment and among its arguments, which it may repeat (R16)."""
    words = [str(word) for word in plugin.get("args") or []]
    named = [{"name": word.partition("=")[0], "value": word.partition("=")[2]} for word in words if "=" in word]
    named += [{"name": name, "value": value} for name, value in pairwise(words)]
    return secrets_in([*(plugin.get("env") or []), *named])
