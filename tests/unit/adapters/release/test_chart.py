# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chart and files of values on disk: what is wrong is said with the variable, and no value of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.release import chart


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"name: core\nversion: 1.0.0\n", ""),
        (b"name: core\n", "no name or no version"),
        (b"- name\n", "no name or no version"),
        (b"name: [canary\n", "not valid YAML"),
        (b"name: \xff\n", "not valid YAML"),
        (None, "could not be read: No such file or directory"),
    ],
)
def test_a_folder_that_is_no_chart_is_named(tmp_path: Path, text: bytes | None, said: str) -> None:
    if text is not None:
        (tmp_path / "Chart.yaml").write_bytes(text)
    found = chart.read_chart(str(tmp_path))
    assert [said in each and "alga_chart" in each and "canary" not in each for each in found] == ([True] if said else [])


def test_later_files_win_deeply_as_with_helm_r41(tmp_path: Path) -> None:
    first, second, empty = (tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml"))
    first.write_text("server: {image: {tag: '1', name: app}}\n")
    second.write_text("server: {image: {tag: '2'}}\n")
    empty.write_text("# nothing\n")
    assert chart.read_values([str(first), str(second), str(empty)]) == ({"server": {"image": {"tag": "2", "name": "app"}}}, [])


@pytest.mark.parametrize(("text", "said"), [("password: [canary", "not valid YAML"), ("- canary", "mapping"), (None, "read")])
def test_every_file_that_is_none_is_said_without_its_values(tmp_path: Path, text: str | None, said: str) -> None:
    file, good = tmp_path / "values.yaml", tmp_path / "good.yaml"
    good.write_text("a: 1\n")
    if text is not None:
        file.write_text(text)
    values, errors = chart.read_values([str(file), str(good)])
    assert values == {"a": 1} and said in errors[0] and str(file) in errors[0] and "canary" not in errors[0]


def test_a_file_of_values_is_read_as_helm_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_bytes(b"\xef\xbb\xbflicense: {until: 2026-01-01, sign: =, at: 22:30}\r\n")
    assert chart.read_values([str(file)]) == ({"license": {"until": "2026-01-01", "sign": "=", "at": "22:30"}}, [])
