"""What nginx is told: every process once, and to ask the next one where one does not listen."""

from pathlib import Path

from scripts.balancer import TEMPORARY, config


def test_every_process_stands_behind_and_is_asked_again() -> None:
    told = config(Path("/f"), 80, (81, 82))
    assert [line.split()[1] for line in told.splitlines() if line.strip().startswith("server 1")] == [
        "127.0.0.1:81",
        "127.0.0.1:82",
    ]
    assert told.count("max_fails=0;") == 2
    assert "listen 127.0.0.1:80;" in told
    assert "proxy_next_upstream error timeout non_idempotent;" in told
    assert all(f"{name}_temp_path /f/{name};" in told for name in TEMPORARY)
    assert told.count("{") == told.count("}")
