"""Lines of a file of any size become records in bounded memory."""

import tracemalloc
from pathlib import Path

from analytics.sources.files import resumable_file
from analytics.sources.files.formats import ReadOptions
from analytics.sources.files.line_reader import line_reader_for
from analytics.sources.files.log_record import Reason
from analytics.sources.files.resumable_file import FilePosition, ResumableFile

LINE = '8.8.8.8 - - [17/May/2015:10:05:03 +0000] "GET /%d HTTP/1.1" 200 203 "-" "Opera/9.80"\n'


def peak_memory(path: Path) -> int:
    """Return the bytes that reading takes at most, after the caches are warm."""
    with ResumableFile(path) as source:
        reader = line_reader_for(source, source.sample(), ReadOptions())
        tracemalloc.start()
        try:
            for lines in source.batches(FilePosition()):
                assert len(reader.read(lines).records) == len(lines)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(resumable_file, "BATCH_LINES", 200)
    short, long = tmp_path / "short", tmp_path / "long"
    for path, lines in ((short, 1_000), (long, 10_000)):
        path.write_text("".join(LINE % (number % 100) for number in range(lines)))
    peak_memory(short)
    assert peak_memory(long) < peak_memory(short) + 100_000


def test_a_line_that_waits_for_its_end_is_the_last_that_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("timestamp,url\n2015-05-17,a/b\n2015-05-17,a/c")
    with ResumableFile(path) as source:
        (lines,) = source.batches(FilePosition())
        read = line_reader_for(source, source.sample(), ReadOptions()).read(lines)
        assert ([line.number for line in read.consumed], read.skipped) == ([1, 2], {Reason.UNFINISHED: 1})
        finished = line_reader_for(source, source.sample(), ReadOptions(finished=True)).read(lines)
        assert [record.url for record in finished.records] == ["a/b", "a/c"]
        assert finished.sources == [b"2015-05-17,a/b\n", b"2015-05-17,a/c"]
