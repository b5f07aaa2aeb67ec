"""Real inputs that went wrong once, with the right values; and series of files that share lines."""

import gzip
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.ingest.flow.import_views import Format, ImportOptions, ResumableFile, import_views
from analytics.models import Blog, BlogView, ImportCheckpoint
from analytics.sources.files import resumable_file
from analytics.sources.files.log_record import Reason
from analytics.tests.ingest.flow.test_import_views import LOG, NOW, log_line, run, write_lines

LOGS = LOG.parent / "logs"
pytestmark = pytest.mark.django_db


def views() -> list[tuple[str, str | None]]:
    return sorted(BlogView.objects.values_list("blog__url", "country__code"), key=str)


def test_sites_before_the_client_are_apart_and_clients_have_countries():
    assert run(LOGS / "vhost_combined.log").form is Format.VHOST
    assert views() == [("www.one.example/a", "US"), ("www.two.example/a", "GB"), ("www.two.example/b", "US")]


def test_sites_may_have_no_port_or_stand_after_the_client(tmp_path):
    lines = (LOGS / "vhost_combined.log").read_text().replace(":443 ", " ").splitlines()
    swapped = [
        f"{client} {site} {rest.removeprefix('- ')}\n" for site, client, rest in (line.split(" ", 2) for line in lines)
    ]
    run(write_lines(tmp_path / "a", *(f"{line}\n" for line in lines)))
    first = views()
    BlogView.objects.all().delete()
    run(write_lines(tmp_path / "b", *swapped))
    assert views() == first == [("www.one.example/a", "US"), ("www.two.example/a", "GB"), ("www.two.example/b", "US")]


def test_pages_with_dots_are_pages():
    report = run(LOGS / "dots.log")
    paths = set(Blog.objects.values_list("title", flat=True))
    assert {"/blog/asp.net", "/users/jane.doe", "/tag/example.com", "/docs/v1.2.x", "/release-1.0.rc1"} < paths
    assert "/posts/what-is-socket.io/" in paths
    assert (report.views, report.skipped) == (7, {Reason.FILE: 3})


def test_one_page_is_one_page_however_its_letters_are_escaped():
    assert run(LOGS / "pct.log").views == 3
    assert Blog.objects.get().url == "localhost/%D0%BF%D1%80"


def test_a_log_without_agents_is_of_people():
    report = run(LOGS / "traefik_clf.log")
    assert (report.views, report.skipped, report.form) == (3, {}, Format.TRAEFIK)
    assert any("No line has a user agent" in note for note in report.notes)


def test_a_country_that_is_none_is_unknown():
    report = run(LOGS / "cc.csv")
    assert Counter(BlogView.objects.values_list("country__code", flat=True)) == {None: 7, "GB": 1, "XK": 1}
    assert (report.without_country, report.skipped) == (7, {})


def test_of_client_and_proxy_the_client_counts(tmp_path, settings):
    settings.IDEEZA_ADDRESSES = "keep"
    run(LOGS / "xff_first.log")
    run(write_lines(tmp_path / "a", *(log_line(client=client) for client in ("1.1.1.1:4711", "[2001:4860::1]:80"))))
    stored = BlogView.objects.order_by("id").values_list("ip_address", flat=True)
    assert list(stored) == ["8.8.8.8", "8.8.4.4", "1.1.1.1", "2001:4860::1"]


def test_zero_bytes_at_the_start_are_skipped_however_many(tmp_path):
    assert run(LOGS / "nul_head.log").views == 2
    content = (LOGS / "nul_head.log").read_bytes()
    longer = write_lines(tmp_path / "a", bytes(3_000_000), content, log_line("/c"))
    report = run(longer)
    assert (report.already_imported, report.views, report.skipped) == (2, 1, {})


def test_zero_bytes_in_the_middle_cost_no_line(tmp_path):
    assert run(write_lines(tmp_path / "a", log_line(), bytes(999), log_line("/b/"))).views == 2


def test_a_row_that_has_no_end_yet_waits_for_it(tmp_path):
    path = tmp_path / "a.csv"
    first = run(write_lines(path, (LOGS / "cut_csv_1.csv").read_bytes()))
    assert (first.views, first.skipped) == (1, {Reason.UNFINISHED: 1})
    run(write_lines(path, (LOGS / "cut_csv_2.csv").read_bytes()))
    assert views() == [("example.com/first", None), ("example.com/second", None), ("example.com/third", None)]


def test_a_last_row_without_its_end_counts_if_the_file_does_not_grow(tmp_path):
    table = b"timestamp,url\n2015-05-17,a.example/b"
    assert run(write_lines(tmp_path / "a.csv", table)).views == 0
    assert run(write_lines(tmp_path / "a.csv.gz", gzip.compress(table))).views == 1
    other = write_lines(tmp_path / "b.csv", table.replace(b"/b", b"/c"))
    assert (run(other, finished=True).views, BlogView.objects.count()) == (1, 2)


def test_caddy_and_cloudfront_are_read():
    assert (run(LOGS / "caddy.json").form, run(LOGS / "cloudfront.log").form) == (Format.CADDY, Format.CLOUDFRONT)
    assert views() == [("d111.cloudfront.example/a", "US"), ("example.com/a", "US")]


def test_an_overlong_first_line_is_skipped(tmp_path):
    path = write_lines(tmp_path / "a", b"x" * 300_000 + b"\n", log_line(), log_line("/b/"))
    report = run(path)
    assert (report.lines, report.views, report.skipped) == (3, 2, {Reason.PARTIAL_LINE: 1})
    assert run(path).lines == 0


def test_a_client_logged_by_name_is_counted_and_said(tmp_path):
    report = run(write_lines(tmp_path / "a", log_line(), log_line(client="dsl.example.com"), log_line(client="-")))
    assert (report.views, report.named_clients, report.without_country) == (3, 1, 2)


def test_parameters_that_urls_leave_out_are_counted(tmp_path):
    path = write_lines(tmp_path / "a", log_line("/?p=1"), log_line("/?p=2&x=1"), log_line("/"))
    report = run(path, parameters=("p",), host="a.example")
    assert (report.cut_queries, report.dropped) == (1, {"x": 1})
    assert {blog.title for blog in Blog.objects.all()} == {"/", "/?p=1", "/?p=2"}
    assert {url for url, _ in views()} == {"a.example/", "a.example/%3Fp=1", "a.example/%3Fp=2"}


@pytest.mark.parametrize("size", [1, 20_000])
def test_a_grown_file_is_read_with_the_columns_that_its_last_directive_named(tmp_path, monkeypatch, size):
    monkeypatch.setattr(resumable_file, "BATCH_LINES", size)
    head = "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
    row, again = "2026-11-10 10:00:00 8.8.8.8 GET /a 200\n", "#Fields: date time cs-uri-stem c-ip cs-method sc-status\n"
    moved = "2026-11-10 10:00:01 /b 8.8.8.8 GET 200\n"
    path = write_lines(tmp_path / "a", head)
    run(path)
    for content in (head + row, head + row + again + moved, head + row + again + moved + moved):
        run(write_lines(path, content))
    assert [url for url, _ in views()] == ["localhost/a", "localhost/b", "localhost/b"]
    other = write_lines(tmp_path / "b", head, row.replace("/a", "/c"))
    assert (run(other).views, run(other).views) == (1, 0)


def plain_count(*contents: bytes) -> Counter:
    """Count the pages of different lines by a loop that shares nothing with the importer."""
    lines = {line for content in contents for line in content.split(b"\n") if b" 200 " in line}
    return Counter(line.split(b'"')[1].split()[1].decode() for line in lines)


def counted() -> Counter:
    return Counter(url.removeprefix("localhost") for url, _ in views())


def day(number: int, lines: int = 40) -> bytes:
    """Return the log of a day, which begins with the last ten lines of the day before."""
    return b"".join(
        log_line(f"/{at % 7}/", at % 60, client=f"8.8.{at // 60}.{at % 50}")
        for at in range(30 * number, 30 * number + lines)
    )


@pytest.mark.parametrize("size", [3, 20_000])
def test_lines_that_two_files_share_are_one_view_when_asked(tmp_path, monkeypatch, size):
    monkeypatch.setattr(resumable_file, "BATCH_LINES", size)
    yesterday, today = write_lines(tmp_path / "1", day(0)), write_lines(tmp_path / "2", day(1))
    run(yesterday)
    report = run(today, overlap=True)
    assert (report.views, report.skipped) == (30, {Reason.REPEATED: 10})
    assert counted() == plain_count(day(0), day(1))


def test_lines_that_two_files_share_are_two_views_unless_asked(tmp_path):
    for number in (0, 1):
        run(write_lines(tmp_path / str(number), day(number)))
    assert BlogView.objects.count() == 80


def test_equal_lines_of_one_file_are_one_view_when_asked(tmp_path):
    path = write_lines(tmp_path / "a", log_line(), log_line(), log_line("/b/"))
    assert run(path, overlap=True).skipped == {Reason.REPEATED: 1}
    assert BlogView.objects.count() == 2


def test_equal_lines_of_two_sites_are_two_views(tmp_path):
    run(write_lines(tmp_path / "a", log_line(), log_line("/b/")), host="one.example", overlap=True)
    run(write_lines(tmp_path / "b", log_line(), log_line("/c/")), host="two.example", overlap=True)
    assert BlogView.objects.count() == 4


def test_what_recognises_shared_lines_is_deleted_after_a_month(tmp_path):
    run(write_lines(tmp_path / "a", day(0)))
    with ResumableFile(write_lines(tmp_path / "b", day(1))) as source:
        later = NOW + timedelta(days=31)
        import_views(source, ImportOptions(overlap=True), now=later, progress=lambda at: None)
    old, new = ImportCheckpoint.objects.order_by("id")
    assert (bytes(old.fingerprints), old.last_at, len(bytes(new.fingerprints))) == (b"", None, 30 * 8)


def rotate(folder: Path, content: bytes) -> None:
    """Rotate as logrotate does: access.log becomes access.log.1, and older files move on, compressed."""
    for number in range(13, 1, -1):
        if (path := folder / f"access.log.{number}.gz").exists():
            path.rename(folder / f"access.log.{number + 1}.gz")
    if (last := folder / "access.log.1").exists():
        write_lines(folder / "access.log.2.gz", gzip.compress(last.read_bytes()))
    if (current := folder / "access.log").exists():
        current.rename(last)
    write_lines(current, content)


def test_a_rotation_of_fourteen_files_with_a_growing_one_counts_each_line_once(tmp_path):
    days = [day(number, 30) for number in range(14)]
    for content in days:
        rotate(tmp_path, content[: len(content) // 2])
        for path in tmp_path.iterdir():
            run(path)
        write_lines(tmp_path / "access.log", content)
        if days.index(content) % 2:
            for path in tmp_path.iterdir():
                run(path)
    for path in tmp_path.iterdir():
        run(path)
    assert len(list(tmp_path.iterdir())) == 14
    assert counted() == plain_count(*days)
    assert BlogView.objects.count() == 14 * 30
