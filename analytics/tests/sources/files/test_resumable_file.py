"""A file is recognized by its content and read from where an earlier run stopped."""

import bz2
import gzip
import io
import lzma
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.sources.files import resumable_file
from analytics.sources.files.resumable_file import BrokenFile, FileLine, FilePosition, ResumableFile


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def lines(path: Path, place: FilePosition | None = None) -> list[FileLine]:
    with ResumableFile(path) as source:
        return [line for batch in source.batches(place or FilePosition()) for line in batch]


def place_after(*pieces: bytes) -> FilePosition:
    place = FilePosition()
    for piece in pieces:
        place.advance(piece)
    return place


def known(*beginnings: bytes) -> list[tuple[int, str]]:
    return [(len(beginning), place_after(beginning).digest) for beginning in beginnings]


def test_compressed_and_plain_files_have_the_same_lines(tmp_path):
    plain = written(tmp_path / "a.log", b"one\ntwo\n")
    packed = written(tmp_path / "b.log", gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert lines(plain) == lines(packed) == [FileLine(1, b"one\n", True), FileLine(2, b"two\n", True)]


@given(pieces=st.lists(st.binary(max_size=20)))
def test_a_position_does_not_depend_on_the_pieces_read(pieces):
    there, straight = place_after(*pieces), place_after(b"".join(pieces))
    assert (there.size, there.lines, there.inside_line, there.digest) == (
        straight.size,
        straight.lines,
        straight.inside_line,
        straight.digest,
    )


@given(text=st.lists(st.sampled_from([b"a", b"\n"])).map(b"".join))
def test_a_position_counts_lines_as_python_does(text):
    assert place_after(text).lines == len(text.splitlines())


def test_a_file_that_has_grown_is_known_as_far_as_it_was_read(tmp_path):
    path = written(tmp_path / "a.log", b"one\ntwo\nthree\n")
    with ResumableFile(path) as source:
        place = source.position_after(known(b"one\ntwo\n", b"one\n", b"one\nTWO\nthree\n", b"one\ntwo\nthree\nfour\n"))
        assert (place.size, place.lines) == (8, 2)
        assert [line.number for batch in source.batches(place) for line in batch] == [3]


def test_a_file_that_differs_in_one_byte_is_another_file(tmp_path):
    path = written(tmp_path / "a.log", b"one\ntwo\n")
    with ResumableFile(path) as source:
        assert source.position_after(known(b"one\ntwo!")).size == 0


def opening(*raw: bytes) -> str:
    return resumable_file.opening([FileLine(number, line, True) for number, line in enumerate(raw, 1)])


def test_the_first_line_finds_the_file_with_any_line_ending():
    assert opening(b"one\n") == opening(b"one") == opening(b"one\r\n") == opening(b"one\n", b"more")
    assert opening(b"one\n") != opening(b"two\n")


def test_files_that_begin_with_the_same_directives_are_found_by_their_first_row():
    assert opening(b"#Fields: a\n", b"one\n") != opening(b"#Fields: a\n", b"two\n")
    assert opening(b"#Fields: a\n", b"on") == opening(b"#Fields: a\n")


def test_zero_bytes_at_the_start_are_no_part_of_a_file(tmp_path):
    path = written(tmp_path / "a.log", bytes(3 * resumable_file.CHUNK_BYTES + 7) + b"one\ntwo\n")
    assert lines(path) == [FileLine(1, b"one\n", True), FileLine(2, b"two\n", True)]
    with ResumableFile(path) as source:
        assert source.position_after(known(b"one\n")).lines == 1
    assert lines(written(tmp_path / "b.log", bytes(99))) == []


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_are_read_and_damaged_ones_named(tmp_path, pack):
    packed = pack(b"one\ntwo\n" * 999)
    assert len(lines(written(tmp_path / "a", packed))) == 1998
    damaged = packed[: len(packed) // 2]
    with pytest.raises(BrokenFile, match="damaged"):
        lines(written(tmp_path / "damaged", damaged))


def test_standard_input_and_pipes_are_read_like_files(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"one\n"))))
    assert lines(Path("-")) == [FileLine(1, b"one\n", True)]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"two\n"])
    writer.start()
    assert lines(pipe) == [FileLine(1, b"two\n", True)]
    writer.join()


@pytest.mark.parametrize(
    "content, advice", [(b"\xff\xfea\0", "iconv"), (b"PK\3\4", "unpack"), (b"\x28\xb5\x2f\xfd", "zstd")]
)
def test_a_foreign_kind_of_file_is_refused_with_advice(tmp_path, content, advice):
    with pytest.raises(BrokenFile, match=advice):
        ResumableFile(written(tmp_path / "a", content))


def test_directives_are_found_before_a_position_only(tmp_path):
    path = written(tmp_path / "a.log", b"#Fields: a\n1\n#Fields: b\n2\n#Fields: c\n")
    with ResumableFile(path) as source:
        assert source.directives_before(place_after(b"#Fields: a\n1\n#Fields: b\n2\n")) == ["#Fields: b"]
        assert source.directives_before(FilePosition()) == []


def test_a_line_too_long_is_read_in_pieces_that_count_as_one_line(tmp_path):
    path = written(tmp_path / "a.log", b"x" * (2 * resumable_file.MAX_LINE_BYTES + 5) + b"\nlast\n")
    assert [(line.number, line.whole) for line in lines(path)] == [(1, False)] * 3 + [(2, True)]


def test_the_rest_of_a_line_begun_in_an_earlier_run_is_a_piece(tmp_path):
    path = written(tmp_path / "a.log", b"one\ntwo and more\nthree\n")
    assert lines(path, place_after(b"one\ntwo")) == [FileLine(2, b" and more\n", False), FileLine(3, b"three\n", True)]


@pytest.mark.parametrize("size", [1, 5, 50])
def test_batches_are_cut_by_lines_and_lose_none(tmp_path, monkeypatch, size):
    monkeypatch.setattr(resumable_file, "BATCH_LINES", size)
    content: Iterable[bytes] = [b"%d\n" % number for number in range(12)]
    with ResumableFile(written(tmp_path / "a.log", b"".join(content))) as source:
        batches = list(source.batches(FilePosition()))
    assert [line.number for batch in batches for line in batch] == list(range(1, 13))
    assert max(map(len, batches)) <= size


@pytest.mark.parametrize(
    "damaged",
    [gzip.compress(b"one\n" * 9_999)[:-20], gzip.compress(b"one\n")[:10] + b"rubbish" * 9],
    ids=["cut", "rubbish"],
)
def test_a_damaged_compressed_file_is_named(tmp_path, damaged):
    with pytest.raises(BrokenFile, match="a.log.gz"):
        lines(written(tmp_path / "a.log.gz", damaged))
