"""The next item is read by a second connection, and by the first one where that would not see the same."""

import threading
import time

import pytest
from django.db import connection

from analytics import database
from analytics.database import reading_ahead

pytestmark = pytest.mark.django_db(transaction=True)


def items():
    for number in range(2):
        yield number, threading.get_ident(), id(connection.connection)


def read(*, worthwhile=True):
    with reading_ahead(worthwhile=worthwhile) as begin:
        found = items()
        return [begin(found)() for _ in range(2)]


@pytest.mark.postgres
def test_items_are_made_in_order_by_one_other_connection():
    connection.ensure_connection()
    own = threading.get_ident(), id(connection.connection)
    (first, *where), (second, *there) = read()
    assert (first, second) == (0, 1)
    assert where == there
    assert where[0] != own[0] and where[1] != own[1]


@pytest.mark.postgres
def test_its_connection_is_closed():
    connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    before, deadline = database.value(connections), time.monotonic() + 30
    read()
    while database.value(connections) != before:  # the server notices a little later
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.postgres
def test_an_error_arrives_where_the_item_is_waited_for():
    with reading_ahead(worthwhile=True) as begin, pytest.raises(ZeroDivisionError):
        begin(1 / n for n in (0,))()


def test_where_it_is_not_worthwhile_the_first_connection_reads():
    assert {thread for _, thread, _ in read(worthwhile=False)} == {threading.get_ident()}


def test_inside_a_transaction_of_a_caller_the_first_connection_reads():
    with database.committing(), database.committing():
        assert {thread for _, thread, _ in read()} == {threading.get_ident()}
