"""Each change of a fact marks its day as stale, by any client and any statement, in the transaction of the change."""

import io
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from analytics import database
from analytics.datasets import VIEWS
from analytics.models import Blog, BlogView, Country
from analytics.warehouse.store import generations, labels, stale_days
from tally.span import EVER

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)
DAYS = (FIRST, SECOND, THIRD)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def clear_marks() -> None:
    database.execute("DELETE FROM analytics_blogview_mark")


@pytest.fixture
def country():
    return Country.objects.create(name="Germany", code="DE")


@pytest.fixture
def author():
    return get_user_model().objects.create(username="ada")


@pytest.fixture
def blog(author):
    return Blog.objects.create(title="On engines", author=author)


@pytest.fixture
def views(blog, country):
    """Create a view on each of three days, none of them stale."""
    made = BlogView.objects.bulk_create(BlogView(blog=blog, country=country, timestamp=at(day)) for day in DAYS)
    clear_marks()
    return made


def insert(blog: Blog, *days: date) -> str:
    values = ", ".join(f"({blog.pk}, '{day} 12:00:00')" for day in days)
    return f"INSERT INTO analytics_blogview (blog_id, timestamp) VALUES {values}"


def test_without_a_change_nothing_is_stale(views):
    assert list(BlogView.objects.all()) == views
    assert stale_days.stale_days(VIEWS) == []


def test_a_saved_view_marks_its_day(blog):
    BlogView.objects.create(blog=blog, timestamp=at(SECOND))
    assert stale_days.stale_days(VIEWS) == [SECOND]


@pytest.mark.parametrize("hour, minute, second", [(0, 0, 0), (23, 59, 59)])
def test_a_day_is_one_of_utc(blog, hour, minute, second):
    BlogView.objects.create(blog=blog, timestamp=datetime(2024, 2, 29, hour, minute, second, tzinfo=UTC))
    assert stale_days.stale_days(VIEWS) == [SECOND]


@pytest.mark.postgres
def test_the_time_zone_of_the_writer_is_irrelevant(blog):
    database.execute("SET LOCAL TimeZone = 'Pacific/Auckland'")
    database.execute(insert(blog).removesuffix("VALUES ") + f"VALUES ({blog.pk}, '2024-02-29 23:30:00+00')")
    assert stale_days.stale_days(VIEWS) == [SECOND]


def test_bulk_create_marks_each_day_of_it(blog):
    BlogView.objects.bulk_create(BlogView(blog=blog, timestamp=at(day)) for day in (THIRD, FIRST, THIRD))
    assert stale_days.stale_days(VIEWS) == [FIRST, THIRD]


def test_a_view_moved_by_update_marks_the_day_it_left_and_the_day_it_came_to(views):
    BlogView.objects.filter(pk=views[0].pk).update(timestamp=at(THIRD))
    assert stale_days.stale_days(VIEWS) == [FIRST, THIRD]


def test_a_view_changed_on_its_day_marks_that_day_alone(views):
    BlogView.objects.filter(pk=views[1].pk).update(country=None)
    assert stale_days.stale_days(VIEWS) == [SECOND]


def test_saving_a_view_again_marks_its_day(views):
    views[1].save()
    assert stale_days.stale_days(VIEWS) == [SECOND]


def test_an_update_of_no_rows_marks_nothing(views):
    assert BlogView.objects.filter(blog_id=99).update(country=None) == 0
    assert stale_days.stale_days(VIEWS) == []


def test_a_deleted_view_marks_its_day(views):
    views[2].delete()
    assert stale_days.stale_days(VIEWS) == [THIRD]


def test_a_deleted_set_of_views_marks_each_day_of_it(views):
    BlogView.objects.filter(timestamp__lt=at(THIRD, 0)).delete()
    assert stale_days.stale_days(VIEWS) == [FIRST, SECOND]


def test_deleting_a_blog_marks_the_days_of_its_views(views, blog):
    blog.delete()
    assert not BlogView.objects.exists()
    assert stale_days.stale_days(VIEWS) == list(DAYS)


def test_deleting_a_blog_without_views_marks_nothing(views, author):
    Blog.objects.create(title="Never read", author=author).delete()
    assert stale_days.stale_days(VIEWS) == []


def test_deleting_an_author_marks_the_days_of_the_views_of_their_blogs(views, author):
    author.delete()
    assert stale_days.stale_days(VIEWS) == list(DAYS)


def test_deleting_a_country_marks_the_days_of_its_views_which_are_of_an_unknown_country_then(views, country):
    country.delete()
    assert BlogView.objects.filter(country=None).count() == len(views)
    assert stale_days.stale_days(VIEWS) == list(DAYS)


def test_raw_sql_marks_as_the_orm_does(views, blog):
    database.execute(insert(blog, FIRST))
    assert stale_days.stale_days(VIEWS) == [FIRST]
    clear_marks()
    database.execute("UPDATE analytics_blogview SET timestamp = '2024-03-01 00:00:00' WHERE id = %s", [views[1].pk])
    assert stale_days.stale_days(VIEWS) == [SECOND, THIRD]
    clear_marks()
    database.execute("DELETE FROM analytics_blogview WHERE timestamp < '2024-02-29'")
    assert stale_days.stale_days(VIEWS) == [FIRST]


def test_deleting_everything_by_raw_sql_marks_every_day(views):
    database.execute("DELETE FROM analytics_blogview")
    assert stale_days.stale_days(VIEWS) == list(DAYS)


def test_an_upsert_marks_the_day_before_and_the_day_after(views, blog):
    sql = """INSERT INTO analytics_blogview (id, blog_id, timestamp) VALUES (%s, %s, '2024-03-01 12:00:00')
             ON CONFLICT (id) DO UPDATE SET timestamp = excluded.timestamp"""
    database.execute(sql, [views[0].pk, blog.pk])
    assert stale_days.stale_days(VIEWS) == [FIRST, THIRD]


@pytest.mark.sqlite
def test_insert_or_replace_marks_the_day_of_the_view_that_it_removes(views, blog):
    sql = "INSERT OR REPLACE INTO analytics_blogview (id, blog_id, timestamp) VALUES (%s, %s, '2024-03-01 12:00:00')"
    database.execute(sql, [views[0].pk, blog.pk])
    assert BlogView.objects.count() == len(views)
    assert stale_days.stale_days(VIEWS) == [FIRST, THIRD]


@pytest.mark.sqlite
def test_update_or_replace_marks_the_day_of_the_view_that_it_removes(views):
    database.execute("UPDATE OR REPLACE analytics_blogview SET id = %s WHERE id = %s", [views[0].pk, views[1].pk])
    assert BlogView.objects.count() == len(views) - 1
    assert stale_days.stale_days(VIEWS) == [FIRST, SECOND]


@pytest.mark.sqlite
@pytest.mark.parametrize("wrong", ["2024-02-30 12:00:00", "2024-13-01 12:00:00", "2024-2-1"])
def test_a_time_that_no_calendar_has_is_refused(blog, wrong):
    """The mark of such a day would stop every run."""
    with pytest.raises(IntegrityError), transaction.atomic():
        database.execute("INSERT INTO analytics_blogview (blog_id, timestamp) VALUES (%s, %s)", [blog.pk, wrong])
    assert stale_days.stale_days(VIEWS) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("plain", ["2024-02-29", "2024-02-29T00:00:00", "2024-02-29 23:59:59.999999"])
def test_a_time_is_of_the_day_it_begins_with(blog, plain):
    database.execute("INSERT INTO analytics_blogview (blog_id, timestamp) VALUES (%s, %s)", [blog.pk, plain])
    assert stale_days.stale_days(VIEWS) == [SECOND]


@pytest.mark.postgres
def test_copy_marks_each_day_of_it(blog):
    lines = "".join(f"{blog.pk}\t{day} 12:00:00+00\n" for day in (FIRST, THIRD, THIRD))
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY analytics_blogview (blog_id, timestamp) FROM STDIN", io.StringIO(lines))
    assert stale_days.stale_days(VIEWS) == [FIRST, THIRD]


@pytest.mark.postgres
def test_truncate_marks_every_day_that_has_a_summary(views, blog):
    stale_days.add(VIEWS, DAYS)
    call_command("precalculate_stats", verbosity=0)
    assert stale_days.stale_days(VIEWS) == []
    database.execute("TRUNCATE analytics_blogview")
    assert stale_days.stale_days(VIEWS) == list(DAYS)


@pytest.mark.postgres
def test_a_truncate_of_what_was_never_rolled_up_is_forgotten_by_the_next_run(views):
    database.execute("TRUNCATE analytics_blogview")
    assert stale_days.oldest(VIEWS) is not None
    call_command("precalculate_stats", verbosity=0)
    assert stale_days.oldest(VIEWS) is None


def test_marks_of_facts_that_were_gone_before_they_were_rolled_up_are_forgotten_by_the_next_run(views, capsys):
    BlogView.objects.all().delete()
    assert stale_days.stale_days(VIEWS) == list(DAYS)
    call_command("precalculate_stats")
    assert "No data found." in capsys.readouterr().out
    assert stale_days.stale_days(VIEWS) == [] and stale_days.oldest(VIEWS) is None


def test_a_change_that_is_rolled_back_leaves_no_mark(views, blog):
    with pytest.raises(RuntimeError), transaction.atomic():
        BlogView.objects.create(blog=blog, timestamp=at(FIRST))
        BlogView.objects.filter(pk=views[2].pk).delete()
        assert stale_days.stale_days(VIEWS) == [FIRST, THIRD]
        raise RuntimeError
    assert stale_days.stale_days(VIEWS) == []


def test_a_change_that_is_refused_leaves_no_mark(blog):
    with pytest.raises(IntegrityError), transaction.atomic():
        BlogView.objects.bulk_create(
            [
                BlogView(blog=blog, timestamp=at(FIRST)),
                BlogView(blog=blog, timestamp=datetime(1969, 12, 31, tzinfo=UTC)),
            ]
        )
    assert stale_days.stale_days(VIEWS) == []


@pytest.mark.parametrize("first, last", [(date(1970, 1, 1), date(2199, 12, 31))])
def test_the_first_and_the_last_day_of_the_calendar_can_be_marked(blog, first, last):
    BlogView.objects.bulk_create(BlogView(blog=blog, timestamp=at(day)) for day in (first, last))
    assert stale_days.stale_days(VIEWS) == [first, last]


class TestNames:
    """A changed label is recorded, so that no cached answer shows the old one."""

    @pytest.fixture
    def version(self, views):
        return lambda: generations.freshness(VIEWS, EVER).version

    def test_reading_changes_nothing(self, version, blog):
        before = version()
        assert labels.titles([blog.pk]) == {blog.pk: "On engines"}
        assert version() == before

    def test_a_changed_title_author_country_or_username_is_a_new_version(self, version, blog, country, author):
        seen = [version()]
        other = get_user_model().objects.create(username="bob")
        for change in (
            lambda: Blog.objects.filter(pk=blog.pk).update(title="On looms"),
            lambda: Blog.objects.filter(pk=blog.pk).update(author=other),
            lambda: Country.objects.filter(pk=country.pk).update(code="AT"),
            lambda: Country.objects.create(name="France", code="FR"),
            lambda: get_user_model().objects.filter(pk=author.pk).update(username="countess"),
            lambda: Blog.objects.create(title="New", author=author),
            lambda: blog.delete(),
            lambda: country.delete(),
        ):
            change()
            seen.append(version())
        assert len(set(seen)) == len(seen)

    def test_a_login_is_no_new_version(self, version, author):
        before = version()
        author.last_login = at(THIRD)
        author.save(update_fields=["last_login"])
        assert version() == before

    @pytest.mark.postgres
    def test_saving_a_user_under_the_same_name_is_no_new_version(self, version, author):
        before = version()
        author.save()
        assert version() == before

    def test_a_change_that_was_rolled_back_and_the_next_one_have_different_versions(self, version, blog):
        seen = [version()]
        with pytest.raises(RuntimeError), transaction.atomic():
            Blog.objects.filter(pk=blog.pk).update(title="On looms")
            seen.append(version())
            raise RuntimeError
        assert version() == seen[0]
        Blog.objects.filter(pk=blog.pk).update(title="On wheels")
        assert version() not in seen

    def test_a_roll_up_that_was_rolled_back_and_the_next_one_have_different_versions(self, version):
        stale_days.add(VIEWS, DAYS)
        seen = [version()]
        with pytest.raises(RuntimeError), transaction.atomic():
            call_command("precalculate_stats", verbosity=0)
            seen.append(version())
            raise RuntimeError
        call_command("precalculate_stats", verbosity=0)
        assert version() not in seen
