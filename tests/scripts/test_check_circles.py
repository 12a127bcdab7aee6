from scripts.check_circles import circle, without_exceptions


def test_a_chain_of_imports_is_no_circle() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_a_circle_is_named_from_importer_to_imported() -> None:
    found = circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert found[0] == found[-1]
    assert "-".join(found) in {"a-b-c-a", "b-c-a-b", "c-a-b-c"}


def test_an_exception_covers_its_packages_only() -> None:
    imports = {"one.a": {"one.b", "two"}, "one.b": {"one.a"}, "two": set[str](), "oneself": {"one.b"}}
    assert circle(without_exceptions(imports, [("one",)])) == []
    assert circle(without_exceptions({**imports, "two": {"one.a"}}, [("one",)])) != []
    assert circle(without_exceptions({**imports, "one.b": {"oneself"}}, [("one",)])) != []
