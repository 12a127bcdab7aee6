"""``scripts/sbom [FILE]``: what the bot is made of at run time, as a validated CycloneDX 1.6 document.

From ``requirements.lock``, for the Python and platform it runs on: every package with version, licence, package URL,
what it needs, and the hashes of the files that the lock allows.
"""

import sys
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.version import DISTRIBUTION, own_version
from scripts.licences import Licensed, licensed_packages
from scripts.locked import Pin, pins_for_here

SCHEMA = SchemaVersion.V1_6


def document() -> str:
    """Return the document as JSON; ``ValueError`` if it is not valid."""
    text = make_outputter(_bom(), OutputFormat.JSON, SCHEMA).output_as_string(indent=1)
    fault = JsonStrictValidator(SCHEMA).validate_str(text)
    if fault is not None:
        raise ValueError(f"the document is not valid CycloneDX {SCHEMA.to_version()}: {fault!r}")
    return text


def _bom() -> Bom:
    licences = {one.package: one for one in licensed_packages() if not one.inside}
    components = {pin.name: _component(pin, licences[pin.name]) for pin in pins_for_here()}
    itself = Component(
        name=DISTRIBUTION, version=own_version(), type=ComponentType.APPLICATION, bom_ref=DISTRIBUTION
    )
    bom = Bom(components=components.values())
    bom.metadata.component = itself
    bom.register_dependency(itself, components.values())
    for name, component in components.items():
        bom.register_dependency(component, (components[needed] for needed in _needed(name, components)))
    return bom


def _component(pin: Pin, licensed: Licensed) -> Component:
    url = PackageURL("pypi", None, pin.name, pin.version)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(url.to_string()),
        comment="one of the files with these hashes, which the lock allows",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in pin.sha256],
    )
    made = LicenseFactory().make_from_string(licensed.licence) if licensed.licence else None
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        bom_ref=url.to_string(),
        purl=url,
        licenses=[made] if made else [],
        external_references=[files],
    )


def _needed(name: str, known: Iterable[str]) -> set[str]:
    """Return the packages of the lock that a package asks for here, with any of its extras."""
    wanted = (Requirement(line) for line in distribution(name).requires or ())
    names: set[str] = {canonicalize_name(one.name) for one in wanted if _applies(one)}
    return names & set(known) - {name}


def _applies(wanted: Requirement) -> bool:
    return (
        wanted.marker is None or "extra" in str(wanted.marker) or wanted.marker.evaluate()
    )  # an extra that was not asked for is not in the lock


def main(arguments: list[str]) -> int:
    """Write the document to a file or to the standard output."""
    text = document()
    if arguments:
        Path(arguments[0]).write_text(text, "utf-8")
        sys.stdout.write(f"{arguments[0]}: {len(pins_for_here())} packages\n")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
