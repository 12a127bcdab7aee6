"""Every zone that IANA knows is found by its name, and by its city where no other is called so."""

from zoneinfo import ZoneInfo, available_timezones

import pytest

from handlers.settings.zones import find_zone, near_zones


def test_every_zone_is_found_by_its_whole_name_in_any_case() -> None:
    assert {find_zone(zone.swapcase()) for zone in available_timezones()} >= {
        zone for zone in available_timezones() if "/" in zone
    }


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("istanbul", "Europe/Istanbul"),
        ("İSTANBUL", "Europe/Istanbul"),
        ("türkiye", "Europe/Istanbul"),
        ("Londra", "Europe/London"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("são paulo", "America/Sao_Paulo"),
        ("utc", "UTC"),
        ("gotham", None),
        ("", None),
    ],
)
def test_a_city_is_enough(text: str, zone: str | None) -> None:
    found = find_zone(text)
    assert (None if found is None else ZoneInfo(found).key) == zone


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("istambul", "Europe/Istanbul"),
        ("new yrok", "America/New_York"),
        ("buenos", "America/Argentina/Buenos_Aires"),
    ],
)
def test_what_is_similar_is_suggested(text: str, near: str) -> None:
    assert near in near_zones(text)


def test_what_is_similar_to_nothing_is_not() -> None:
    assert near_zones("qqqqqqqq") == ()
