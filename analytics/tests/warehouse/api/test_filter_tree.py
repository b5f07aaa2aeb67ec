"""The largest filter trees are answered, larger ones are refused."""

import pytest

from analytics.tests.cpu_bounds import cpu_bounded
from analytics.warehouse.api import filter_tree

ALL = "/api/analytics/performance/", "/api/analytics/top/user/", "/api/analytics/blog-views/country/"


def deep(levels, leaf=None):
    tree = leaf or {"eq": {"blog": 1}}
    for _ in range(levels - 1):
        tree = {"not": tree}
    return tree


def test_the_deepest_and_the_largest_tree_allowed_are_answered(db, ask):
    assert ask("top/user/", {"filters": deep(32)}).status_code == 200
    assert ask("top/user/", {"filters": {"or": [{"eq": {"blog": 1}}] * 999}}).status_code == 200


@pytest.mark.parametrize("tree", ['{"not":' * 50_000, '{"and":[' * 50_000])
def test_an_extremely_deep_tree_is_refused_quickly(db, client, tree):
    with cpu_bounded():
        assert client.post(ALL[0], '{"filters":' + tree, content_type="application/json").status_code == 400


def test_an_extremely_wide_tree_is_refused_without_reading_it_all(db, ask, monkeypatch):
    read = []
    one_node = filter_tree._Parser.node
    monkeypatch.setattr(filter_tree._Parser, "node", lambda *where: (read.append(where), one_node(*where))[1])
    refused = ask("performance/", {"filters": {"or": [{"eq": {"blog": 1}}] * 20_000}})
    assert (refused.status_code, refused.json()) == (400, {"filters": ["More than 1000 conditions."]})
    assert len(read) < 3_000
