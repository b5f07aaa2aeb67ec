"""JSON that is nested too deeply to be decoded. One such value must not take the list down that it stands in."""

import re

MAX_LEVELS = 200
"""The levels that stay: more than any event may have, so what was cut is refused all the same."""
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{\]}]', re.DOTALL)


def shallow(body: bytes, levels: int = MAX_LEVELS) -> bytes:
    """Return JSON text with null in place of each list and object that lies deeper than so many levels.

    >>> shallow(b'[{"a": [1, {"b": "]"}]}, [[[2]], 3]]', 2)
    b'[{"a": null}, [null, 3]]'
    """
    kept, depth, start = [], 0, 0
    for token in TOKEN.finditer(body):
        match token[0]:
            case b"[" | b"{":
                depth += 1
                if depth == levels + 1:
                    kept += [body[start : token.start()], b"null"]
            case b"]" | b"}":
                if depth == levels + 1:
                    start = token.end()
                depth -= 1
    return b"".join([*kept, body[start:]]) if depth == 0 else body
