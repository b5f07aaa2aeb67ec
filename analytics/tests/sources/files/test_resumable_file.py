"""A file is recognized by its content and read from where an earlier run stopped."""

import gzip
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


def test_the_first_line_finds_the_file_with_any_line_ending():
    assert (
        resumable_file.opening([b"one\n"]) == resumable_file.opening([b"one"]) == resumable_file.opening([b"one\r\n"])
    )
    assert resumable_file.opening([b"one\n"]) != resumable_file.opening([b"two\n"])


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
    "damaged", [gzip.compress(b"one\n" * 9_999)[:-20], gzip.compress(b"one\n")[:10] + b"rubbish" * 9]
)
def test_a_damaged_compressed_file_is_named(tmp_path, damaged):
    with pytest.raises(BrokenFile, match="a.log.gz"):
        lines(written(tmp_path / "a.log.gz", damaged))
