from scripts.check_circles import circle


def test_a_chain_of_imports_is_no_circle() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_a_circle_is_named_from_importer_to_imported() -> None:
    found = circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert found[0] == found[-1]
    assert "-".join(found) in {"a-b-c-a", "b-c-a-b", "c-a-b-c"}
