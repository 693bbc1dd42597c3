# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bundle is clean, not too big, and begins with a page that says what is in it and what is not."""

from __future__ import annotations

import html.parser
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core.support import bundle
from ansible_collections.alga.appliance.plugins.module_utils._core.support.bundle import Part
from ansible_collections.alga.appliance.plugins.module_utils._core.support.pseudonyms import Pseudonyms

NOBODY: t.Final = Pseudonyms({})


def test_a_secret_goes_before_a_name_inside_of_it() -> None:
    known = Pseudonyms({"host": ["canary"]})
    (part,) = bundle.cleaned([Part("a", "", "key canary-of-all, host canary")], ["canary-of-all"], known)
    assert part.text == "key (hidden), host host-1"


def test_why_something_is_missing_is_cleaned_too() -> None:
    (part,) = bundle.cleaned([Part("a", "", missing="canary is wrong at 192.0.2.1")], ["canary"], Pseudonyms({}))
    assert part.missing == "(hidden) is wrong at address-1"


def test_a_password_in_a_url_is_hidden_although_no_secret_holds_it() -> None:
    (part,) = bundle.cleaned([Part("a", "", "postgresql://user:canary@db/server")], [], NOBODY)
    assert "canary" not in part.text


def test_one_long_file_keeps_its_beginning_and_its_end() -> None:
    text = "first\n" + "x" * (bundle.MOST_BYTES_EACH + 9) + "\nlast\n"
    lines = "first\n" + "line\n" * (bundle.MOST_BYTES_EACH // 4) + "last\n"
    (part,) = bundle.cleaned([Part("a", "", lines)], [], NOBODY)
    assert part.text.startswith("first\n") and part.text.endswith("last\n") and len(part.text) <= bundle.MOST_BYTES_EACH
    (one,) = bundle.cleaned([Part("a", "", text)], [], NOBODY)
    assert len(one.text.encode()) <= bundle.MOST_BYTES_EACH


def test_what_is_too_much_is_named(monkeypatch: t.Any) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 1000)
    parts = bundle.cleaned([Part(name, "", "line\n" * 200) for name in "abc"], [], NOBODY)
    assert sum(len(part.text) for part in parts) <= 1000
    assert parts[0].text and not parts[2].text and "already holds" in parts[2].missing


class Links(html.parser.HTMLParser):
    """The links of a page, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that leads somewhere."""
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href"):
                self.loaded.append(value or "")


def test_the_index_links_what_is_there_names_what_is_not_and_loads_nothing() -> None:
    parts = [Part("status.txt", "The <report>", "all"), Part("logs/a/b.log", "The log", missing="Forbidden & gone")]
    page = bundle.index("Healthy <b>now</b>", parts, version="0.1.0", moment="2026-12-01 10:00 UTC")
    links = Links()
    links.feed(page)
    assert links.links == ["status.txt"] and links.loaded == []
    assert "The &lt;report&gt;" in page and "Forbidden &amp; gone" in page and "Healthy &lt;b&gt;" in page
    assert page.count("<table>") == page.count("</table>") == 2


def test_without_anything_missing_nothing_is_said_of_it() -> None:
    assert "Not collected" not in bundle.index("", [Part("a", "", "x" * 5000)], version="1", moment="now")
