"""Horizons of scalars: in bars of the asked interval, or in seconds whatever it is."""

from analysis.framework.metric import ScalarSpec


def test_a_horizon_in_bars_follows_the_interval_and_one_in_seconds_does_not() -> None:
    in_bars = ScalarSpec("a.b", "directional", "higher is higher", 2.0, 8.0)
    in_seconds = ScalarSpec(
        "a.c", "directional", "higher is higher", 0.0, 0.0, horizon_s=10.0, half_life_s=5.0
    )
    assert (in_bars.horizon(3600.0), in_bars.half_life(3600.0)) == (7200.0, 28800.0)
    assert (in_seconds.horizon(3600.0), in_seconds.half_life(60.0)) == (10.0, 5.0)


def test_parents_carry_the_interval_of_the_bars() -> None:
    spec = ScalarSpec(
        "a.b", "directional", "higher is higher", 1, 1, parents=("klines.{interval}", "funding")
    )
    assert spec.parents_on("4h") == ("klines.4h", "funding")
