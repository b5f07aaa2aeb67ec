"""Lone surrogates in JSON are read as U+FFFD, and pairs as the character they are."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from analytics.sources.messages.surrogates import replace_lone_surrogates

UNITS = st.sampled_from(["\\ud83d", "\\uDE00", "\\udfff", "\\uD800", "\\\\", "\\n", "u", "d83d", "é", "\\ufffd", '\\"'])


@given(st.lists(UNITS))
def test_every_text_is_read_as_browsers_encode_it(units):
    text = '"' + "".join(units) + '"'
    expected = json.loads(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert msgspec.json.decode(replace_lone_surrogates(text.encode())) == expected


def test_a_text_without_surrogates_stays_as_it_is():
    text = b'{"a": "\\u00e9", "b": "\\\\u0064"}'
    assert replace_lone_surrogates(text) is text
