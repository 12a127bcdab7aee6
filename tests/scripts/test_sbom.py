"""The list of what the bot is made of: valid, whole, and as the lock says."""

import json

import pytest
from cyclonedx.validation.json import JsonStrictValidator

from bot.version import own_version
from scripts.locked import RUN_TIME_LOCK, pins_for_here
from scripts.sbom import SCHEMA, document


@pytest.fixture(scope="module")
def text() -> str:
    return document()


def test_the_document_has_every_package_with_its_hashes_licence_and_needs(text: str) -> None:
    told = json.loads(text)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["version"] == own_version()
    packages = {part["name"]: part for part in told["components"]}
    pins = {pin.name: pin for pin in pins_for_here()}
    assert {name: part["version"] for name, part in packages.items()} == {
        name: pin.version for name, pin in pins.items()
    }
    (files,) = packages["numpy"]["externalReferences"]
    assert sorted(one["content"] for one in files["hashes"]) == sorted(pins["numpy"].sha256)
    assert all(part["licenses"] for part in told["components"])
    needs = {one["ref"]: one.get("dependsOn", []) for one in told["dependencies"]}
    assert packages["numpy"]["purl"] in needs[packages["pandas"]["purl"]]
    assert packages["h11"]["purl"] in needs[packages["httpcore"]["purl"]]
    assert "://" not in text.replace("http://cyclonedx.org/schema/bom-1.6.schema.json", "")


def test_a_document_that_is_not_valid_is_found(text: str) -> None:
    broken = json.loads(text) | {"components": [{"name": "without a type"}]}
    assert JsonStrictValidator(SCHEMA).validate_str(json.dumps(broken)) is not None


def test_every_pin_of_the_lock_has_hashes() -> None:
    pins = pins_for_here()
    assert len(pins) > 40
    assert all(pin.sha256 and all(len(digest) == 64 for digest in pin.sha256) for pin in pins)
    assert pins == pins_for_here(RUN_TIME_LOCK)
