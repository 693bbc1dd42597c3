# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendered manifests: each value keeps the line on which a person finds it, whatever helm and the chart wrote around it."""

from __future__ import annotations

import base64
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._adapters.charts.documents import read_documents
from ansible_collections.alga.appliance.plugins.module_utils._adapters.release import helm
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.manifest import BLOCK, Document, Place
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rendered import Charts, Live, RenderedChart
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed

UGLY = """---
# Source: sebastian/templates/empty.yaml
# only a comment
---
# Source: sebastian/templates/secret 🚀.yaml
apiVersion: v1
kind: Secret
stringData:
  CRYPTO_KEY: "🚀"
  script: |
    first
    second
---

apiVersion: v1
kind: List
items:
  - &one
    kind: ConfigMap
    data: {KEY: value}
  - kind: ConfigMap
    data: &two
      A: 012
      =: equals
  - *one
  - kind: ConfigMap
    data:
      <<: *two
      B: true
"""


@pytest.mark.parametrize("broken", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_each_value_has_its_line_w15(broken: str) -> None:
    empty, secret, listed = read_documents("core", UGLY.replace("\n", broken))
    assert empty.content is None
    source = "sebastian/templates/secret 🚀.yaml"
    assert secret.place("stringData", "CRYPTO_KEY") == Place(source, 9)
    assert secret.place("stringData", "script", "|") == Place(source, 11)
    assert secret.place("stringData", "missing") == Place(source, 8), "what contains it"
    assert (listed.source, listed.place("items", 1, "data", "=")) == ("", Place("", 24)), "no document inherits a file"
    assert listed.place("items", 2, "data", "KEY").line == 18, "where it stands"
    data = [item["data"] for item in listed.content["items"]]
    assert data == [{"KEY": "value"}, {"A": "012", "=": "equals"}, {"KEY": "value"}, {"B": "true", "A": "012", "=": "equals"}]


@pytest.mark.parametrize("end", ["---", "--- ", "---\n", "---\n\n", "---\n# Source: c.yaml", "...", "---\n---"])
def test_a_stream_may_end_in_any_way_w15(end: str) -> None:
    first, *others = read_documents("core", f"---\n# Source: a.yaml\nkind: Pod\n{end}")
    assert (first.source, first.content) == ("a.yaml", {"kind": "Pod"})
    assert all(other.content is None for other in others)


def test_only_a_text_whose_lines_are_shown_has_lines_w24() -> None:
    (found,) = read_documents("core", "literal: |\n  a\n  b\nfolded: >\n  a\n  b\n")
    assert [found.place(key, BLOCK).line for key in ("literal", "folded")] == [2, 4]


def test_what_a_list_of_a_kind_contains_is_of_that_kind_w15() -> None:
    text = "kind: SecretList\nitems: [{metadata: {name: a}}, {kind: Pod, metadata: {name: b}}]\n---\nkind: List\nitems: [{}]\n"
    found = Charts([RenderedChart("core", read_documents("core", text))], "msp").items
    assert [str(item) for item in found] == ["Secret msp/a", "Pod msp/b"]


def test_a_file_is_named_with_its_line_and_a_line_alone_where_helm_names_no_file() -> None:
    assert str(Place("a/b.yaml", 3)) == "a/b.yaml (line 3 of the rendered manifests)"
    assert str(Place("", 3)) == "line 3 of the rendered manifests"


def test_what_contains_itself_is_read() -> None:
    (found,) = read_documents("core", "kind: List\nitems: &all\n  - *all\n  - kind: Pod\n")
    assert found.content["items"][0] is found.content["items"]
    assert check(Charts([RenderedChart("core", [found])], "msp")) == []
    (itself,) = read_documents("core", "--- &all\nkind: List\nitems: [*all, *all, {kind: PersistentVolumeClaim}]\n")
    assert len(check(Charts([RenderedChart("core", [itself])], "msp"))) == 1


def test_anchors_that_grow_exponentially_are_read_once() -> None:
    lines = ["a0: &a0 [x]", *(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 40))]
    (found,) = read_documents("core", "\n".join(lines))
    assert len(found.lines) < 1000


def test_what_is_no_yaml_is_refused_with_its_line_and_without_its_text() -> None:
    with pytest.raises(ActionFailed) as raised:
        read_documents("core", "kind: Secret\nstringData: {password: canary")
    assert "line" in raised.value.message and "canary" not in str(raised.value)


def test_the_parser_in_python_gives_what_that_in_c_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_documents("core", UGLY)
    monkeypatch.setattr(helm, "LOADER", yaml.SafeLoader)
    assert read_documents("core", UGLY) == fast


# Words that the checks look for, so that what is made up reaches into them.
WORDS = st.sampled_from(
    [
        *("kind", "metadata", "name", "namespace", "annotations", "spec", "template", "containers", "initContainers", "env"),
        *("value", "valueFrom", "secretKeyRef", "key", "data", "stringData", "items", "image", "command", "args", "volumes"),
        *("secret", "secretName", "projected", "sources", "configMap", "volumeMounts", "mountPath", "minAvailable"),
        *("maxUnavailable", "selector", "matchLabels", "matchExpressions", "replicas", "helm.sh/hook", "jobTemplate"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            *("Deployment", "Secret", "CronJob", "PodDisruptionBudget", "HorizontalPodAutoscaler", "ConfigMap", "List"),
            *("PersistentVolumeClaim", "StatefulSet", "change-me", "100%", "pre-install", "x:latest", "DB_HOST", "DB_USER"),
            *("until false; do sleep 1; done", "pgbouncer", "postgres", '"true"', "ITERATIONS", "🚀", base64.b64encode(b"\xff")),
        ]
    ),
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | SCALARS, inner, max_size=6), max_leaves=60
)
OBJECTS = st.fixed_dictionaries(
    {"kind": SCALARS, "metadata": ANYTHING, "spec": ANYTHING, "data": ANYTHING, "stringData": ANYTHING, "items": ANYTHING}
)


@given(st.lists(ANYTHING | OBJECTS, max_size=4), st.booleans())
def test_no_manifest_makes_a_check_fail(contents: list[t.Any], live: bool) -> None:
    charts = [RenderedChart("core", [Document(content) for content in contents])]
    whole = Charts(charts, "msp", Live(selectors={("Deployment", "msp", ""): contents}) if live else None)
    assert all(finding.as_evidence()["line"] == 1 for finding in check(whole))


@given(st.lists(ANYTHING | OBJECTS, max_size=3))
def test_no_yaml_that_can_be_written_makes_a_check_fail(contents: list[t.Any]) -> None:
    read = read_documents("core", yaml.dump_all(contents, allow_unicode=True))
    assert len(read) == len(contents)
    check(Charts([RenderedChart("core", read)], "msp"))
