"""The largest filter trees are answered, larger ones are refused."""

import time

import pytest

ALL = "/api/analytics/performance/", "/api/analytics/top/user/", "/api/analytics/blog-views/country/"


def deep(levels, leaf=None):
    tree = leaf or {"eq": {"blog": 1}}
    for _ in range(levels - 1):
        tree = {"not": tree}
    return tree


def test_the_deepest_and_the_largest_tree_allowed_are_answered(db, ask):
    assert ask("top/user/", {"filters": deep(32)}).status_code == 200
    assert ask("top/user/", {"filters": {"or": [{"eq": {"blog": 1}}] * 999}}).status_code == 200


@pytest.mark.parametrize(
    "tree", ['{"not":' * 50_000, '{"and":[' * 50_000, '{"or":[' + '{"eq":{"blog":1}},' * 20_000 + '{"eq":{"blog":1}}]}']
)
def test_an_extremely_deep_or_wide_tree_is_refused_in_well_under_a_second(db, client, tree):
    started = time.thread_time()
    response = client.post(ALL[0], '{"filters":' + tree, content_type="application/json")
    assert response.status_code == 400
    assert time.thread_time() - started < 0.5
