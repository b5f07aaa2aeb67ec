"""An import stores each view once, even if it is interrupted."""

import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from crawlerdetect import CrawlerDetect
from django.conf import settings as configured
from django.contrib.auth import get_user_model
from iptocc import country_code

from analytics.ingest.flow import import_views as flow
from analytics.ingest.flow.import_views import (
    AlreadyImporting,
    Format,
    ImportOptions,
    ImportReport,
    NoSuchUser,
    ResumableFile,
    WrongFormat,
    import_views,
)
from analytics.ingest.store import import_progress
from analytics.models import Blog, BlogView, Country, ImportCheckpoint
from analytics.sources.files import resumable_file
from analytics.sources.files.log_record import Reason
from analytics.warehouse.store import bulk_blog_views

LOG = Path(configured.BASE_DIR) / "analytics/tests/data/access.log.gz"
NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
PAGES = ("", "html", "xhtml", "php", "access", "threads")
"""The endings of the log that no list of file types has: `access` is a log of that site, and counts as a page."""
pytestmark = pytest.mark.django_db


def log_line(path: str = "/a/", minute: int = 0, client: str = "8.8.8.8", agent: str = "Opera/9.80") -> bytes:
    return f'{client} - - [17/May/2015:10:{minute:02}:03 +0000] "GET {path} HTTP/1.1" 200 203 "-" "{agent}"\n'.encode(
        errors="surrogateescape"
    )


def run(path: Path, **options) -> ImportReport:
    with ResumableFile(path) as source:
        return import_views(source, ImportOptions(**options), now=NOW, progress=lambda at: None)


def write_lines(path: Path, *lines: bytes | str) -> Path:
    path.write_bytes(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return path


class LogLine(NamedTuple):
    address: str
    day: str
    hour: int
    path: str
    referrer: str
    agent: str


def views_of_log() -> list[LogLine]:
    """Return the page views of the log. The loop shares nothing with the importer but the database of bots."""
    found, is_crawler = [], CrawlerDetect().is_crawler
    for line in gzip.decompress(LOG.read_bytes()).decode(errors="replace").split("\n"):
        fields = line.split('"')
        if len(fields) != 7:
            continue
        method, target, _ = fields[1].split(" ")
        path, _, query = target.partition("?")
        name = path.rsplit("/", 1)[1]
        ending = name.rpartition(".")[2] if "." in name else ""
        is_file = ending not in PAGES and ending.isalnum() and not ending.isdigit()
        if method != "GET" or fields[2].split()[0] not in ("200", "304") or is_file or "flav=" in query:
            continue
        if fields[5] != "-" and not is_crawler(fields[5]):
            time = line.split("[")[1]
            found.append(LogLine(line.split(" ")[0], time[:11], int(time[12:14]), path, fields[3], fields[5]))
    return found


def recount_log() -> list[tuple[str, str, str | None]]:
    """Return path, day and country of every page view in the log. Countries are looked up in the public database."""
    codes = ((line, country_code(line.address)) for line in views_of_log())
    return [(line.path, line.day, None if code == "EU" else code) for line, code in codes]


def facts() -> list[tuple[str, str, str | None]]:
    rows = BlogView.objects.values_list("blog__url", "timestamp", "country__code")
    return [(url.removeprefix("semicomplete.com"), f"{time:%d/%b/%Y}", code) for url, time, code in rows]


def test_a_plain_recount_of_the_log_agrees():
    report = run(LOG, host="semicomplete.com")
    assert Counter(facts()) == Counter(recount_log())
    assert report.views == BlogView.objects.count() == 1583
    assert (report.lines, report.new_blogs, len(report.countries)) == (10_000, 230, 73)
    assert report.lines == report.views + report.skipped.total()
    assert report.skipped == {
        Reason.FILE: 5745,
        Reason.BOT: 1306,
        Reason.FEED: 901,
        Reason.STATUS: 416,
        Reason.METHOD: 48,
        Reason.MALFORMED: 1,
    }
    assert [line.number for line in report.malformed] == [8899]


def test_the_same_file_adds_nothing_packed_or_plain_whatever_its_name(tmp_path):
    run(LOG)
    before = sorted(BlogView.objects.values_list("id", flat=True))
    plain = write_lines(tmp_path / "renamed.txt", gzip.decompress(LOG.read_bytes()))
    for path in (LOG, plain):
        report = run(path, host="elsewhere.example")
        assert (report.already_imported, report.lines, report.views) == (10_000, 0, 0)
    assert sorted(BlogView.objects.values_list("id", flat=True)) == before


@pytest.mark.parametrize("size", [1, 7, 20_000])
def test_a_log_that_grows_goes_on_where_it_ended(tmp_path, monkeypatch, size):
    monkeypatch.setattr(resumable_file, "BATCH_LINES", size)
    path, lines = tmp_path / "access.log", [log_line(f"/{number % 7}/", number) for number in range(60)]
    for end in (10, 10, 11, 40, 60):
        write_lines(path, *lines[:end])
        run(path)
        assert BlogView.objects.count() == end
    assert ImportCheckpoint.objects.order_by("-lines").first().lines == 60
    times = BlogView.objects.order_by("timestamp").values_list("timestamp__minute", flat=True)
    assert list(times) == list(range(60))


def test_an_older_copy_of_a_log_that_has_grown_adds_nothing(tmp_path):
    old, new = write_lines(tmp_path / "old", log_line()), write_lines(tmp_path / "new", log_line(), log_line())
    run(old)
    run(new)
    assert run(old).views == run(new).views == 0
    assert BlogView.objects.count() == 2


def test_a_log_that_only_begins_the_same_is_another_log(tmp_path):
    run(write_lines(tmp_path / "a", log_line(), log_line("/b/")))
    assert run(write_lines(tmp_path / "b", log_line(), log_line("/c/"))).views == 2


def test_a_last_line_without_its_end_waits_for_it(tmp_path):
    whole = log_line("/b/", 1)
    path = write_lines(tmp_path / "a", log_line(), whole[:50])
    assert run(path).skipped == {Reason.UNFINISHED: 1}
    assert run(path).skipped == {Reason.UNFINISHED: 1}
    write_lines(path, log_line(), whole)
    assert (run(path).views, BlogView.objects.count()) == (1, 2)


def test_a_last_line_that_lacks_only_the_newline_counts_once(tmp_path):
    path = write_lines(tmp_path / "a", log_line(), log_line("/b/").rstrip())
    assert run(path).views == 2
    write_lines(path, log_line(), log_line("/b/"), log_line("/c/"))
    report = run(path)
    assert (report.already_imported, report.lines, report.views, report.skipped) == (2, 1, 1, {})


def test_the_rest_of_a_line_that_is_already_counted_is_no_line(tmp_path):
    path = write_lines(tmp_path / "a", log_line(), log_line().rstrip())
    run(path)
    write_lines(path, log_line(), log_line().rstrip(), b' "and more"\n', log_line("/b/"))
    report = run(path)
    assert (report.views, report.skipped, BlogView.objects.count()) == (1, {Reason.PARTIAL_LINE: 1}, 3)


def test_an_import_that_fails_in_the_middle_leaves_whole_batches_and_goes_on_there(tmp_path, monkeypatch):
    monkeypatch.setattr(resumable_file, "BATCH_LINES", 10)
    path = write_lines(tmp_path / "a", *[log_line(minute=number) for number in range(35)])
    add, calls = bulk_blog_views.add, iter([True, True])

    def breaks_down(views):
        add(views)
        if not next(calls, False):
            raise OSError("no space left")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(bulk_blog_views, "add", breaks_down)
        run(path)
    assert BlogView.objects.count() == 20
    report = run(path)
    assert (report.already_imported, report.views, BlogView.objects.count()) == (20, 15, 35)


def test_another_import_of_the_same_file_at_the_same_time_is_noticed(tmp_path, monkeypatch):
    path = write_lines(tmp_path / "a", log_line())
    known = import_progress.checkpoints

    def before_the_other(opening):
        monkeypatch.setattr(import_progress, "checkpoints", known)
        found = known(opening)
        run(path)
        return found

    monkeypatch.setattr(import_progress, "checkpoints", before_the_other)
    with pytest.raises(AlreadyImporting):
        run(path)
    assert BlogView.objects.count() == 1


def test_blogs_are_created_by_url_and_are_as_old_as_their_first_view(tmp_path):
    run(
        write_lines(tmp_path / "a", log_line("/b/?q", 9), log_line("/b/", 3), log_line("//b/#top", 5)), host="a.example"
    )
    blog = Blog.objects.get()
    assert (blog.url, blog.title, blog.author.username) == ("a.example/b/", "/b/", "import")
    assert blog.created_at == datetime(2015, 5, 17, 10, 3, 3, tzinfo=UTC)
    assert blog.views.count() == 3


def test_an_imported_blog_is_as_old_as_its_first_view_whatever_the_order_of_the_files(tmp_path):
    run(write_lines(tmp_path / "new", log_line("/a/", 30), log_line("/b/", 40)))
    run(write_lines(tmp_path / "old", log_line("/b/", 50), log_line("/a/", 20), log_line("/a/", 10)))
    ages = {blog.url[-3:]: blog.created_at.minute for blog in Blog.objects.all()}
    assert ages == {"/a/": 10, "/b/": 40}


def test_a_blog_that_exists_gets_the_views_and_stays_as_it_is(tmp_path):
    ada = get_user_model().objects.create(username="ada")
    blog = Blog.objects.create(title="Mine", author=ada, url="localhost/a/")
    run(write_lines(tmp_path / "a", log_line()))
    assert (Blog.objects.get().title, blog.views.count()) == ("Mine", 1)
    assert not get_user_model().objects.filter(username="import").exists()


def test_new_blogs_may_have_another_author_who_must_exist(tmp_path):
    path = write_lines(tmp_path / "a", log_line())
    with pytest.raises(NoSuchUser):
        run(path, author="ada")
    get_user_model().objects.create(username="ada")
    run(path, author="ada")
    assert Blog.objects.get().author.username == "ada"


def test_bots_are_counted_apart(tmp_path):
    run(
        write_lines(
            tmp_path / "a",
            log_line(),
            log_line(agent="Googlebot/2.1"),
            log_line(agent="-"),
            log_line("/a.png", agent="Googlebot/2.1"),
        )
    )
    assert (BlogView.objects.count(), ImportCheckpoint.objects.get().bots) == (1, 2)


@pytest.mark.parametrize(
    "rule, stored",
    [
        ("truncate", ["8.8.8.0", "2001:67c:2e8::", None]),
        ("keep", ["8.8.8.8", "2001:67c:2e8:1::9", None]),
        ("drop", [None] * 3),
    ],
)
def test_the_country_is_known_whatever_is_kept_of_the_address(tmp_path, settings, rule, stored):
    settings.IDEEZA_ADDRESSES = rule
    clients = ("8.8.8.8", "2001:67c:2e8:1::9", "crawl.example.com")
    report = run(write_lines(tmp_path / "a", *[log_line(client=client) for client in clients]))
    views = BlogView.objects.order_by("id")
    assert list(views.values_list("ip_address", flat=True)) == stored
    assert list(views.values_list("country__code", flat=True)) == ["US", "NL", None]
    assert (report.without_country, Country.objects.get(code="NL").name) == (1, "Netherlands")


def test_a_table_may_have_every_field_of_a_view(tmp_path):
    ada = get_user_model().objects.create(username="ada")
    blog = Blog.objects.create(title="A", author=ada)
    rows = [
        f"{blog.id},2015-05-17T12:05:03.25+02:00,de,ada,193.0.6.139",
        f"{blog.id},2015-05-17,,stranger,193.0.6.139",
        f"{blog.id + 1},2015-05-17,,,",
        f"{blog.id},yesterday,,,",
    ]
    report = run(write_lines(tmp_path / "a", "blog_id,timestamp,country_code,viewer,ip\n", "\n".join(rows)))
    first, second = BlogView.objects.order_by("id")
    assert (first.country.code, first.viewer, first.ip_address) == ("DE", ada, "193.0.6.0")
    assert first.timestamp == datetime(2015, 5, 17, 10, 5, 3, 250_000, tzinfo=UTC)
    assert (second.country.code, second.viewer) == ("NL", None)
    assert (report.unknown_viewers, report.skipped) == (1, {Reason.NO_BLOG: 1, Reason.UNFINISHED: 1})


def test_json_lines_are_a_table_too(tmp_path):
    row = '{"url": "https://a.example/b?c", "timestamp": "2015-05-17", "country_code": "FR"}\n'
    assert run(write_lines(tmp_path / "a", row, "\n", row)).views == 2
    assert Blog.objects.get().url == "a.example/b"


def test_text_that_no_database_can_store_is_malformed(tmp_path):
    row = '{"url": "a/URL", "timestamp": "2015-05-17", "viewer": "VIEWER"}\n'
    rows = [row.replace("URL", "\\u0000"), row.replace("VIEWER", "\\u0000")]
    assert run(write_lines(tmp_path / "a", log_line(), log_line("/a\0b"), log_line("/\udcff"))).skipped == {
        Reason.MALFORMED: 1
    }
    report = run(write_lines(tmp_path / "b", '{"url": "a/b", "timestamp": "2015-05-17"}\n', *rows))
    assert (report.views, report.skipped) == (1, {Reason.MALFORMED: 2})


def test_a_header_with_a_mark_and_foreign_line_ends_is_read(tmp_path):
    assert run(write_lines(tmp_path / "a", b"\xef\xbb\xbftimestamp,url\r\n2015-05-17,a.example/b\r\n")).views == 1
    assert Blog.objects.get().url == "a.example/b"


@pytest.mark.parametrize("content", ["", "\n\n", "timestamp,url\n"])
def test_an_empty_file_adds_nothing(tmp_path, content):
    assert run(write_lines(tmp_path / "a", content)).views == 0


@pytest.mark.parametrize(
    "content, form, message",
    [
        ("nothing of the kind\n", None, "line 1 is in none"),
        ("nothing of the kind\n", Format.COMBINED, "line 1 is not in the combined format"),
        (log_line().decode(), Format.CSV, "line 1: A CSV file must"),
        (log_line().decode(), Format.JSONL, "line 1 is not in the jsonl format"),
        ("timestamp,url\nnow,here\n", Format.CSV, "line 2 is not in the csv format"),
        ("x" * 70_000, None, "line 1 is longer"),
        (log_line(client="www.a.example").decode(), None, "line 1: 'www.a.example' stands where the client's"),
        ("www.a.example:80 " + log_line().decode(), Format.COMBINED, "line 1: the site stands before the client"),
    ],
)
def test_a_wrong_format_is_reported_with_its_line(tmp_path, content, form, message):
    with pytest.raises(WrongFormat, match=message):
        run(write_lines(tmp_path / "a", content), form=form)
    assert not ImportCheckpoint.objects.exists()


def test_a_combined_log_can_be_read_as_common_but_then_bots_are_not_known(tmp_path):
    path = write_lines(tmp_path / "a", log_line(), log_line(agent="Googlebot/2.1"))
    assert run(path, form=Format.COMMON).views == 2


def test_progress_is_reported_up_to_the_end(tmp_path):
    path, reported = write_lines(tmp_path / "a", log_line(), log_line()), []
    with ResumableFile(path) as source:
        flow.import_views(source, ImportOptions(), now=NOW, progress=reported.append)
    assert reported == [path.stat().st_size]
