"""Every answer equals that of a plain loop over the facts, with the facts on a cluster. `--histories 20` compares as
many."""

from datetime import date

import pytest

from analytics.tests import test_question_oracle, test_view_oracle
from analytics.tests.test_question_oracle import RandomViews
from analytics.tests.test_view_oracle import RandomHistory
from analytics.warehouse.flow import move_facts, roll_up
from analytics.warehouse.flow.verify import verify

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.django_db]
LATER = date(2030, 1, 1)


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(4, 4 + metafunc.config.getoption("--histories")))


class HistoryOnCluster(RandomHistory):
    """A random history whose facts move to the cluster, but for some of the last ones. What changes facts by the ORM
    does not reach the cluster."""

    def add(self) -> None:
        super().add()
        if self.dice.random() < 0.8:
            list(move_facts.move(LATER))

    CHANGES = [add] * 5 + [
        RandomHistory.delete_blog,
        RandomHistory.delete_country,
        RandomHistory.rename,
        RandomHistory.create_blog,
        RandomHistory.purge,
        RandomHistory.rebuild,
    ]


class ViewsOnCluster(RandomViews):
    """The same for views with contexts and visitors."""

    def add(self) -> None:
        super().add()
        if self.dice.random() < 0.8:
            list(move_facts.move(LATER))

    CHANGES = [add] * 4 + [RandomViews.delete_country, RandomViews.purge, RandomViews.declare_later]


def test_every_answer_equals_a_plain_loop_over_the_facts(facts_cluster, settings, client, seed):
    history, comparer = HistoryOnCluster(seed), test_view_oracle.ViewOracleTest()
    comparer.client = client
    settings.IDEEZA_TIME_ZONES = [history.zone]
    for _ in range(2):
        history.change()
        history.roll_up()
        for _ in range(10):
            comparer.compare(history, seed)
    assert [check for check in verify(roll_up.all_days()) if not check.same] == []


def test_every_answer_of_the_query_language_equals_a_plain_loop_over_the_views(facts_cluster, client, seed):
    history, comparer = ViewsOnCluster(seed), test_question_oracle.QuestionOracleTest()
    comparer.client = client
    for _ in range(2):
        history.change()
        with history.declared():
            history.roll_up()
            for _ in range(12):
                comparer.compare(history, seed)
