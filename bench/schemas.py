"""What the check of an event against its schema costs, beside the Python library jsonschema, and what a hostile event
or schema can make it cost. `python -m bench.schemas` takes half a minute and needs no services."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from analytics.sources.messages.json_schemas import BadSchema, compile_check

ROUNDS = 2_000
LIMIT_SECONDS = 10
"""The library jsonschema runs in a process of its own, which is stopped after this time."""
TYPICAL = {
    "type": "object",
    "required": ["host", "path"],
    "properties": {
        "host": {"type": "string", "pattern": r"^[a-z0-9.-]+$", "maxLength": 255},
        "path": {"type": "string", "maxLength": 2048},
        "title": {"type": ["string", "null"]},
        "scroll": {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.5},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 20, "uniqueItems": True},
        "kind": {"enum": ["article", "list", "search"]},
    },
    "additionalProperties": False,
}
EVENT = {"host": "example.com", "path": "/a", "title": "A", "scroll": 12.5, "tags": ["a", "b"], "kind": "list"}
TWICE = {"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}
NESTED: list[Any] = []
for _ in range(30):
    NESTED = [NESTED]
ATTACKS: dict[str, tuple[Any, Any]] = {
    "a pattern that backtracks, 27 characters": ({"pattern": "^(a+)+$"}, "a" * 27 + "b"),
    "the same, 900,000 characters": ({"pattern": "^(a+)+$"}, "a" * 900_000 + "b"),
    "a pattern of a megabyte, 2,000 characters": ({"pattern": "(?:[ab]{0,60}b[ab]{0,60}a){1,60}c"}, "aab" * 666),
    "unique items, 4,000 objects": ({"uniqueItems": True}, [{"a": number} for number in range(4_000)]),
    "unique items, 4,000 numbers beyond 2^63": ({"uniqueItems": True}, [2**63 + number for number in range(4_000)]),
    "a multiple, 401 digits": ({"multipleOf": 0.5}, 10**400),
    "the most work: 1,000 choices, 330 values": (
        {"anyOf": [{"properties": {"a": {"const": number}}, "required": ["a"]} for number in range(1_000)]},
        {"a": [0] * 330},
    ),
    "references that double at each of 30 levels": (TWICE, NESTED),
}


def main() -> None:
    print(f"{'milliseconds':48}{'this':>12}{'jsonschema':>14}")
    show("a typical schema, a valid event", TYPICAL, EVENT, rounds=ROUNDS)
    show("the same, one wrong field", TYPICAL, EVENT | {"kind": "other"}, rounds=ROUNDS)
    for name, (schema, data) in ATTACKS.items():
        show(name, schema, data, rounds=1)


def show(name: str, schema: Any, data: Any, *, rounds: int) -> None:
    print(f"{name:48}{ours(schema, data, rounds):>12}{plain(schema, data, rounds):>14}", flush=True)


def ours(schema: Any, data: Any, rounds: int) -> str:
    try:
        check, text = compile_check(schema), msgspec.json.encode(data)
    except BadSchema:
        return "refused"
    return milliseconds(lambda: check(data, text), rounds)


def plain(schema: Any, data: Any, rounds: int) -> str:
    program = [sys.executable, "-m", "bench.schemas", "plain", str(rounds)]
    try:
        given = msgspec.json.encode([schema, data])
        done = subprocess.run(program, input=given, capture_output=True, timeout=LIMIT_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        return f"> {LIMIT_SECONDS} s"
    except subprocess.CalledProcessError as failed:
        return failed.stderr.decode().strip().splitlines()[-1].partition(":")[0]
    return done.stdout.decode().strip()


def run_plain(rounds: int) -> None:
    from jsonschema import Draft202012Validator  # a requirement of drf-yasg, which only this comparison uses
    from jsonschema.exceptions import best_match

    schema, data = msgspec.json.decode(sys.stdin.buffer.read())
    validator = Draft202012Validator(schema)
    print(milliseconds(lambda: best_match(validator.iter_errors(data)), rounds))


def milliseconds(act: Callable[[], object], rounds: int) -> str:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return f"{statistics.median(times) * 1000:,.3f}"


if __name__ == "__main__":
    run_plain(int(sys.argv[2])) if sys.argv[1:2] == ["plain"] else main()
