"""The output and the exit codes of `import_views`."""

import gzip
import io

import pytest
from django.core.management import CommandError

from analytics.management.commands import import_views as command
from analytics.models import Blog
from analytics.tests.ingest.flow.test_import_views import LOG, log_line, write_lines
from analytics.tests.management.commands.conftest import output_of

pytestmark = pytest.mark.django_db


def test_an_import_says_what_was_added_and_what_was_skipped_and_why():
    output = output_of("import_views", str(LOG), host="semicomplete.com")
    assert "10,000 new lines, 1,583 views, 1,306 by bots" in output
    assert "Added 1,583 views of 230 blogs (230 new) from 73 countries; 0 of unknown country." in output
    assert "  5,745  no page" in output
    assert "line 8899: 46.118.127.106" in output
    assert "Next: precalculate_stats." in output
    assert len(output.splitlines()) < 20


def test_an_import_of_nothing_new_says_so():
    output_of("import_views", str(LOG))
    output = output_of("import_views", str(LOG))
    assert "0 new lines, 10,000 were in before" in output
    assert "Next" not in output


def test_several_files_are_summed_up(tmp_path):
    files = [write_lines(tmp_path / name, log_line(f"/{name}/")) for name in "ab"]
    assert "Added 2 views of 2 blogs (2 new) from 1 country" in output_of("import_views", *map(str, files))


@pytest.mark.parametrize(
    "content, arguments, code, message",
    [
        (None, [], command.NO_INPUT, "No such file or directory"),
        (b"nothing of the kind\n", [], command.DATA, "line 1 is in none of the formats"),
        (b"nothing of the kind\n", ["--format", "csv"], command.DATA, "line 1"),
        (gzip.compress(b"x" * 99, mtime=0)[:20], [], command.DATA, "ended before"),
        (log_line(), ["--author", "nobody"], command.USAGE, "There is no user 'nobody'"),
        (
            log_line(client="www.a.example"),
            [],
            command.DATA,
            "'www.a.example' stands where the client's address should",
        ),
        (log_line(), ["--client-field", "x-forwarded-for"], command.DATA, "0 fields after the user agent"),
        (b"PK\3\4", [], command.DATA, "unpack it"),
    ],
)
def test_a_file_that_cannot_be_imported_gives_an_exit_code_and_is_named_with_the_reason(
    tmp_path, content, arguments, code, message
):
    path = tmp_path / "a.log"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=message) as caught:
        output_of("import_views", str(path), *arguments)
    assert caught.value.returncode == code
    assert str(path) in str(caught.value)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(CommandError, match="Is a directory") as caught:
        output_of("import_views", str(tmp_path))
    assert caught.value.returncode == command.NO_INPUT


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command.flow, "import_views", interrupted)
    with pytest.raises(CommandError, match="run the same again to go on") as caught:
        output_of("import_views", str(write_lines(tmp_path / "a", log_line())))
    assert caught.value.returncode == 130


@pytest.mark.parametrize("host", ["https://WWW.a.example:443/x", "www.a.example.", "//www.a.example"])
def test_a_host_may_be_a_url(tmp_path, host):
    output_of("import_views", str(write_lines(tmp_path / "a", log_line())), "--host", host)
    assert Blog.objects.get().url == "www.a.example/a/"


def test_a_host_that_is_none_is_refused(tmp_path):
    with pytest.raises(CommandError, match="'a b' is no host"):
        output_of("import_views", str(write_lines(tmp_path / "a", log_line())), "--host", "a b")


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(log_line())))
    assert "-: 1 new line, 1 view, 0 by bots (combined)" in output_of("import_views", "-")


def test_options_say_what_a_page_is(tmp_path):
    path = write_lines(tmp_path / "a", log_line("/node.js"), log_line("/?q=1&p=2"), log_line("/x.map"))
    output = output_of("import_views", str(path), "--assets=-js", "--page-parameters", "p, page_id")
    assert set(Blog.objects.values_list("title", flat=True)) == {"/node.js", "/?p=2"}
    assert "1 view of URLs with parameters that were left off: q (1). If one names a page: --page-parameters." in output


def test_what_a_log_does_not_say_is_said(tmp_path):
    path = write_lines(tmp_path / "a", log_line(agent="-"), log_line(client="dsl.example.com", agent="-"))
    output = output_of("import_views", str(path))
    assert "  No line has a user agent, so bots count as people." in output
    assert "1 view by clients that are logged by name, not by address" in output


def test_lines_of_an_overlap_are_named_among_the_skipped(tmp_path):
    files = [write_lines(tmp_path / name, log_line(), log_line(f"/{name}/")) for name in "bc"]
    files.append(write_lines(tmp_path / "d", log_line("/d/"), log_line()))
    output = output_of("import_views", *map(str, files), "--overlap")
    assert "Added 4 views" in output
    assert "2  lines that were imported before" in output
