"""Data is checked against JSON Schemas, and neither a schema nor data can take much time."""

import msgspec
import pytest

from analytics.sources.messages import schema_work
from analytics.sources.messages.json_schemas import MAX_WORK_OF_A_VALUE, BadSchema, Violation, compile_check
from analytics.tests.cpu_bounds import cpu_bounded

LOOKAROUND = "no look-around"
TOO_MUCH = "too much work"


def check(schema, data) -> Violation | None:
    return compile_check(schema)(data, msgspec.json.encode(data))


def quickly_checked(schema, data) -> Violation | None:
    with cpu_bounded():
        return check(schema, data)


def doubled(times: int):
    """Return a schema of two choices, each of which leads to two choices, so many times."""
    names = range(times)
    return {
        "$ref": "#/$defs/0",
        "$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in names}
        | {str(times): {"type": "null"}},
    }


def nested(schema, times: int, **beside):
    for _ in range(times):
        schema = {"allOf": [schema], **beside}
    return schema


@pytest.mark.parametrize(
    "schema, data, field, reason",
    [
        ({"type": "object"}, [], "data", '[] is not of type "object"'),
        ({"required": ["host"]}, {}, "data", '"host" is a required property'),
        ({"properties": {"a": {"items": {"maximum": 2}}}}, {"a": [1, 3]}, "data.a.1", "3 is greater than"),
        ({"properties": {"a": {"pattern": "^x$"}}}, {"a": "y"}, "data.a", "^x$"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"enum": [1]}}}, 2, "data", "2"),
        ({"$ref": "#name", "$defs": {"a": {"$anchor": "name", "const": 1}}}, 2, "data", "1 was expected"),
        ({"properties": {"l": {"uniqueItems": True}}}, {"l": [{"a": 1}, {"a": 1.0}]}, "data.l", "not unique"),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a", 1], "data.1", "False schema"),
        (False, 1, "data", "False schema"),
    ],
)
def test_a_violation_names_the_field_and_the_reason(schema, data, field, reason):
    found = check(schema, data)
    assert found.field == field
    assert reason in found.reason


@pytest.mark.parametrize(
    "schema, data",
    [
        (True, {}),
        ({"uniqueItems": True}, [1, True, "1", [1], {"a": 1}, 2**70, 2**70 + 1]),
        ({"uniqueItems": False}, [1, 1]),
        ({"format": "email"}, "no address"),
        ({"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}, {"left": {"left": {}, "right": {}}}),
        ({"items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}}, [{"a": [[{}]]}]),
        ({"properties": {"$id": {"$ref": "#/$defs/a~1b%20c"}}, "$defs": {"a/b c": {"type": "string"}}}, {"$id": "x"}),
        ({"oneOf": [{"properties": {"kind": {"const": n}}, "required": ["kind"]} for n in range(200)]}, {"kind": 7}),
        ({"const": "\\u0000"}, "\\u0000"),
    ],
)
def test_valid_data_has_no_violation(schema, data):
    assert check(schema, data) is None


@pytest.mark.parametrize(
    "schema, reason",
    [
        (None, "an object"),
        ('{"type": "object"}', "an object"),
        ({"type": "nothing"}, "nothing"),
        ({"$ref": "https://example.com/schema"}, "https://example.com/schema"),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "stay within"),
        ({"$ref": "file:///etc/passwd"}, "file:///etc/passwd"),
        ({"$ref": "#/$defs/none"}, "/$defs/none"),
        ({"$ref": "#/examples/0", "examples": [{"type": "object"}]}, "no schema"),
        ({"$defs": {"a": {"$id": "https://example.com/"}}}, "$id"),
        ({"$ref": "#"}, "without end"),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}}, "without end"),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, LOOKAROUND),
        ({"patternProperties": {r"(a)\1": {}}}, LOOKAROUND),
        ({"pattern": "("}, "regex"),
        ({"pattern": "((a{1,90}b?){1,90}){1,90}"}, "large repetitions"),
        ({"enum": ["x" * 100_000]}, "Larger than"),
        (nested({}, 60), "deeper"),
        ({"minimum": float("nan")}, "Not JSON"),
        ({"const": "\0"}, "NUL"),
        ({"const": "\ud800"}, "UTF-8"),
        (doubled(30), TOO_MUCH),
        ({"allOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}}]}, TOO_MUCH),
        (nested({}, 10, unevaluatedProperties={"type": "integer"}), TOO_MUCH),
        ({"enum": [{"a": n} for n in range(MAX_WORK_OF_A_VALUE // 2)]}, TOO_MUCH),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema, reason):
    with cpu_bounded(), pytest.raises(BadSchema) as refused:
        compile_check(schema)
    assert reason in str(refused.value)


def test_a_schema_nested_however_deeply_is_refused():
    """Python 3.14 can write what older versions cannot, and it is too large then."""
    with pytest.raises(BadSchema, match="Not JSON|Larger than"):
        compile_check(nested({}, 20_000))


@pytest.mark.parametrize("schema", [doubled(5), nested({}, 4, unevaluatedProperties={"type": "integer"})])
def test_some_choices_inside_choices_are_allowed(schema):
    compile_check(schema)


def test_a_pattern_that_would_backtrack_takes_linear_time():
    assert quickly_checked({"pattern": "^(a+)+$"}, "a" * 500_000 + "b").field == "data"
    assert quickly_checked({"patternProperties": {"^(a|aa)+$": False}}, {"a" * 100_000 + "b": 1}) is None


def test_a_large_pattern_is_for_short_texts():
    schema = {"pattern": "(?:[ab]{0,60}b[ab]{0,60}a){1,60}c"}  # slow for its size: 0.1 ms a character
    assert quickly_checked(schema, "aab" * 300_000).reason == "Too large to be checked against its rule."
    assert "Too large" not in quickly_checked(schema, "aab" * 300).reason
    assert quickly_checked({"pattern": r"^\S{1,255}$"}, "x") is None


@pytest.mark.parametrize("first", [0, 2**53, 2**62, -(2**63), 2**63, 10**30])
def test_unique_items_take_linear_time(first):
    items = [first + number for number in range(4_000)]
    schema = {"properties": {"items": {"uniqueItems": True}}}
    assert quickly_checked(schema, {"items": items}) is None
    assert quickly_checked(schema, {"items": [{"a": item} for item in items]}) is None
    assert quickly_checked(schema, {"items": [*items, first]}).field == "data.items"


@pytest.mark.parametrize("multiple", [7, 0.1, 0.01, 1e-300, 1e300, 10**400])
@pytest.mark.parametrize("number", [10**400 + 1, -(10**400) - 1, 1e308, 0.1, 5e-324])
def test_any_number_can_be_checked_for_being_a_multiple(multiple, number):
    found = check({"properties": {"n": {"multipleOf": multiple}}}, {"n": number})
    assert found is None or found.field == "data.n"


def test_a_large_number_that_is_no_multiple_is_a_violation():
    assert check({"properties": {"n": {"multipleOf": 7}}}, {"n": 10**400}).field == "data.n"


def test_large_data_of_a_simple_schema_can_be_checked_and_of_a_costly_one_cannot():
    data = {"a": [0] * 300_000}
    assert quickly_checked({"required": ["a"]}, data) is None
    costly = {"anyOf": [{"properties": {"a": {"const": n}}, "required": ["a"]} for n in range(1_000)]}
    assert quickly_checked(costly, data) == ("data", "Too large to be checked against its rule.")
    assert quickly_checked(costly, {"a": [0] * 200}).reason.startswith('{"a":[0,0')


def test_the_bound_holds_for_schemas_that_double_with_each_level_of_the_data():
    """The bound counts what the validator would do: at 20 levels a million checks."""
    twice = {"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}
    assert schema_work.work(twice).parts > schema_work.MAX_COUNTED_WORK
    assert schema_work.work({"items": {"$ref": "#"}}).parts == 2
