"""The catalogue of everything that can be watched."""

import pytest

from analysis.registry import MODULES
from handlers.alerts.catalogue import Catalogue, catalogue
from handlers.composites.registry import ONE


@pytest.fixture(scope="session")
def everything() -> Catalogue:
    """All modules and composites."""
    return catalogue(MODULES, ONE.values())
