"""What a button's key names is found again, and forgotten after a year and more."""

from utils.store.store import Store
from utils.store.views import KEPT_MS


async def test_the_content_of_a_key_is_found_and_old_rows_go(store: Store) -> None:
    assert await store.views.get("~a") is None
    for key in ("~a", "~b"):
        await store.views.put(key, f"members of {key}", now_ms=1)
    await store.views.put("~b", "members of ~b", now_ms=KEPT_MS)
    assert await store.views.get("~a") == "members of ~a"
    assert await store.views.prune(KEPT_MS + 1) == 0
    assert await store.views.prune(KEPT_MS + 2) == 1
    assert (await store.views.get("~a"), await store.views.get("~b")) == (None, "members of ~b")
