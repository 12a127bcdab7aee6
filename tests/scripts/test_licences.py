"""Every run-time package has a licence that may be used, and the page says so."""

import sys

import pytest
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]

from scripts.licences import PAGE, Licensed, licensed_packages, may_be_used, objections, page
from scripts.locked import CLUSTER_LOCK, pins_for_here

LICENSING = get_spdx_licensing()


def test_every_run_time_package_may_be_used_and_stands_on_the_page() -> None:
    found = licensed_packages()
    assert objections(found) == []
    pins = {*pins_for_here(), *pins_for_here(CLUSTER_LOCK)}
    assert {one.package for one in found} == {pin.name for pin in pins}
    if sys.version_info[:2] == (3, 11):
        assert page(found) == PAGE.read_text("utf-8"), "run: python -m scripts.licences --write"


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-2.0-or-later", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-or-later", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("MIT AND GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("LGPL-3.0-only", True),
        ("AGPL-3.0-only", False),
        ("BUSL-1.1", False),
        ("see the file", False),
        ("", False),
    ],
)
def test_a_licence_may_be_used_or_not(expression: str, allowed: bool) -> None:
    assert may_be_used(expression, LICENSING) is allowed


def test_a_package_without_a_licence_and_a_library_with_another_are_told() -> None:
    found = [Licensed("a", "", None), Licensed("b", "", "MIT"), Licensed("b", "libc", "AGPL-3.0-only")]
    assert objections(found) == ["a: names no licence", "b libc: AGPL-3.0-only"]
