"""The measurements of streams in small: rows have their shape, and what is compared does the same work."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.bench import streams
from scripts.bench.cold_start import measured as cold_start
from scripts.bench.followers import Cryptofeed, Follower, Ours, PythonBinance, cryptofeed_missing
from scripts.bench.many_symbols import Load, measured
from scripts.bench.measure import Row, judged, table, write_json
from scripts.bench.messages import Recording, synthetic
from scripts.bench.recorded import Watched, merged

NAMES = ["name", "unit", "ours", "peer", "peer_name", "ratio", "target", "met"]
PACE = streams.Pace(per_run=4, runs=2)
TRADE = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":%d,"s":"BTCUSDT","t":%d,"p":"30000.01000000",'
    '"q":"0.50000000","T":%d,"m":true,"M":true}}'
)
QUOTE = (
    '{"stream":"btcusdt@bookTicker","data":{"u":%d,"s":"BTCUSDT","b":"29999.99000000","B":"1.00000000",'
    '"a":"30000.01000000","A":"2.00000000"}}'
)


def test_every_peer_sees_the_same_best_quotes() -> None:
    book = synthetic(40, levels=20)
    followers: list[Follower] = [Ours(book.market), PythonBinance()]
    if cryptofeed_missing() is None:
        followers.append(Cryptofeed())
    for follower in followers:
        follower.snapshot(book.snapshot)
    seen = set()
    for raw in book.depth_and_trades():
        for follower in followers:
            follower.depth(raw)
        bests = {tuple(map(float, follower.best)) for follower in followers}
        assert len(bests) == 1
        seen |= bests
    assert len(seen) > 2, "the best quotes never moved, so that nothing was compared"


def test_synthetic_messages_follow_their_seed_and_depth() -> None:
    assert synthetic(3).messages == synthetic(3).messages
    assert synthetic(3, seed=1).messages != synthetic(3, seed=2).messages
    update = json.loads(synthetic(1, levels=50).depth_and_trades()[0])["data"]
    assert (len(update["b"]), len(update["a"])) == (50, 50)
    assert any(quantity == "0.00000000" for _, quantity in update["b"])


def test_updates_the_snapshot_knows_are_left_out() -> None:
    book = synthetic(3)
    newer = book.snapshot.replace(b'"lastUpdateId":0', b'"lastUpdateId":2')
    later = Recording(book.name, book.market, [*book.messages[1:], (9, newer)])
    assert [json.loads(raw)["data"]["u"] for raw in later.depth_and_trades()] == [3]


def test_rows_have_a_peer_and_are_written_as_json(tmp_path: Path) -> None:
    rows = list(streams.books_beside([synthetic(PACE.needed, levels=5)], PACE))
    assert rows[0].peer_name == "python-binance"
    assert all(row.ratio is not None and row.target is not None for row in rows)
    file = tmp_path / "rows.json"
    write_json(rows, file)
    written = json.loads(file.read_text())
    assert [list(row) for row in written] == [NAMES] * len(rows)
    assert written[0]["ours"] == rows[0].ours
    assert rows[0].name in table(rows)


def test_a_target_that_is_missed_is_said() -> None:
    assert judged("refusals", "refusals", 1, at_most=0).met is False
    assert "MISSED" in table([judged("refusals", "refusals", 1, at_most=0)])


@pytest.mark.parametrize("unit", ["us", "ms", "s"])
def test_a_time_has_no_target_of_its_own(unit: str) -> None:
    with pytest.raises(ValueError, match="ratio to a peer"):
        judged("slow", unit, 1.0, at_most=10.0)
    assert judged("slow", unit, 1.0, 3.0, "peer", ratio_at_least=3.0).met
    assert judged("slow", unit, 1.0, 2.9, "peer", ratio_at_least=3.0).met is False


def test_too_few_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="12 messages are needed, there are 2"):
        list(streams.books_beside([synthetic(2, levels=5)], PACE))


def test_trades_alone_have_a_race_and_a_row_for_what_only_ours_does() -> None:
    rows = list(streams.trades_beside(_recording(), PACE))
    peers = 1 + (cryptofeed_missing() is None)
    assert len(rows) == 2 * peers
    assert [row.name.startswith("trades, decoded") for row in rows] == [True] * len(rows)


def test_a_replay_counts_every_message_against_the_recorded_rate() -> None:
    row = streams.replayed([_recording(), _recording()], passes=1)
    assert row.name.startswith("2 recordings at once")
    assert row.peer == pytest.approx(_recorded_us([_recording(), _recording()]))
    assert row.target == ">= 60x"


def test_a_book_that_never_came_into_step_is_no_measurement() -> None:
    book = _recording()
    without = Recording(book.name, book.market, book.messages[1:])
    with pytest.raises(RuntimeError, match="never came into step"):
        streams.replayed([without], passes=1)


def test_what_is_watched_stands_for_the_newest_message() -> None:
    watched, book = Watched("spot"), _recording()
    for _, _, raw in merged([book]):
        watched.take(raw)
    assert watched.touch is not None
    assert watched.touch == watched.book.best()
    assert watched.top == watched.book.top(20)
    assert [len(side) for side in watched.top] == [20, 20]
    assert watched.book_flow == watched.book.flow_total != 0.0
    assert watched.quotes.quotes == 12
    assert len(watched.tape) == 12
    assert watched.readable == 12


def test_without_recordings_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert streams._recorded(tmp_path) == []
    assert "name their folder with --data" in capsys.readouterr().err


def test_recorded_streams_are_split_and_joined(shared_data: Path) -> None:
    books = streams._recorded(shared_data)
    assert [book.market for book in books] == ["spot", "futures", "futures"]
    rows = list(streams.books_beside(books, PACE))
    assert len(rows) == 3 * (1 + (cryptofeed_missing() is None))
    times = [time_ns for time_ns, _, _ in merged(books)]
    assert len(times) == sum(len(book.messages) for book in books)
    assert times == sorted(times)


async def test_many_symbols_in_small() -> None:
    rows = await measured(Load(symbols=3, rate=200, seconds=0.3))
    assert [row.unit for row in rows] == ["ms", "ms", "ms", "%", "%"]
    assert rows[0].peer_name == "python-binance, 500 such messages"
    assert rows[0].target == ">= 3x"
    assert rows[3].ours > 0


async def test_a_cold_start_in_small_counts_its_weight() -> None:
    rows = await cold_start(symbols=2, bars=50)
    figures = {row.unit: row.ours for row in rows if row.name.startswith("cold start, 2 symbols")}
    assert figures["refusals"] == 0
    assert figures["requests"] >= 4
    spot, futures = (row for row in rows if row.unit == "weight")
    assert spot.ours >= 4  # two klines of weight 2
    assert futures.ours >= 2
    assert _all_met(rows)


def _all_met(rows: Sequence[Row]) -> bool:
    return all(row.met is not False for row in rows)


def _recorded_us(books: Sequence[Recording]) -> float:
    messages = merged(books)
    return (messages[-1][0] - messages[0][0]) / 1000 / len(messages)


def _recording() -> Recording:
    """A snapshot, then an update, a trade and a quote each millisecond."""
    made = [raw for _, raw in synthetic(12, levels=5).messages]
    rows = [(0, made[0])]
    for number, update in enumerate(made[1:], 1):
        time_ns = number * 1_000_000
        trade, quote = TRADE % (number, number, number), QUOTE % number
        rows += [(time_ns, update), (time_ns, trade.encode()), (time_ns, quote.encode())]
    return Recording("made", "spot", rows)
