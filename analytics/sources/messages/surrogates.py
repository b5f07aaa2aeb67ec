"""Lone surrogates in JSON: halves of a character, as a script gets that cuts a text at a number of UTF-16 units."""

import re

ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair, which is one character
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


def replace_lone_surrogates(json: bytes) -> bytes:
    r"""Return the JSON text with U+FFFD for each escaped surrogate that is half of no pair, as browsers encode texts.

    >>> replace_lone_surrogates(rb'["\ud83d\ude00", "\ud83d", "\\ud83d"]')
    b'["\\ud83d\\ude00", "\\ufffd", "\\\\ud83d"]'
    """
    if b"\\ud" not in json and b"\\uD" not in json:
        return json
    return ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], json)
