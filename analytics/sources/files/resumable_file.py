"""Read files, plain or compressed, from any position on. A file is recognised by its content, not by its name."""

import bz2
import gzip
import hashlib
import lzma
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

MAX_LINE_BYTES = 65536
BATCH_LINES = 20_000
BATCH_BYTES = 8_000_000
CHUNK_BYTES = 1 << 20
SAMPLE_LINES = 1000
SAMPLE_BYTES = 8_000_000
STANDARD_INPUT = Path("-")
UNPACKERS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda file: cast(BinaryIO, gzip.GzipFile(fileobj=file)),
    b"BZh": lambda file: cast(BinaryIO, bz2.BZ2File(file)),
    b"\xfd7zXZ\0": lambda file: cast(BinaryIO, lzma.LZMAFile(file)),  # noqa: SIM115
}
"""Compressed files by their first bytes."""
FOREIGN_FILES = {
    b"\x28\xb5\x2f\xfd": "is compressed by zstd: run `zstdcat FILE | python manage.py import_views -`.",
    b"PK\x03\x04": "is a zip archive or a spreadsheet: unpack it, or save it as CSV.",
    b"\xff\xfe": "is UTF-16 text: convert it with `iconv -f UTF-16 -t UTF-8`.",
    b"\xfe\xff": "is UTF-16 text: convert it with `iconv -f UTF-16 -t UTF-8`.",
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Read = TypeVar("Read")


class BrokenFile(Exception):
    """A file that cannot be read: a compressed one that is damaged or ends too soon, or one of a foreign kind."""


@dataclass(slots=True)
class FilePosition:
    """A position in a file, with the SHA-256 of all before it; `inside_line` when that is in the middle of a line."""

    size: int = 0
    lines: int = 0
    inside_line: bool = False
    sha: Any = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        digest: str = self.sha.hexdigest()
        return digest

    def advance(self, read: bytes) -> None:
        """Forwards over what was read."""
        if read:
            ends_inside = not read.endswith(b"\n")
            self.sha.update(read)
            self.size += len(read)
            self.lines += read.count(b"\n") + ends_inside - self.inside_line
            self.inside_line = ends_inside


class FileLine(NamedTuple):
    """`whole`: not a piece of a line, that is, neither too long, nor the rest of one begun in an earlier run."""

    number: int
    raw: bytes
    whole: bool

    @property
    def finished(self) -> bool:
        return self.raw.endswith(b"\n")


class ResumableFile:
    """One file, or standard input. All sizes and positions count uncompressed bytes, and begin after zero bytes at the
    start: these are what a server leaves that goes on writing at its old position in a log that was truncated."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _opened(path)
        magic = self._file.read(max(map(len, UNPACKERS)))
        self._file.seek(0)
        unpack = next((unpack for first, unpack in UNPACKERS.items() if magic.startswith(first)), None)
        self.is_packed = unpack is not None
        self._stream = unpack(self._file) if unpack else self._file
        for first, advice in FOREIGN_FILES.items():
            if magic.startswith(first):
                self._file.close()
                raise BrokenFile(f"It {advice}")
        self._start: int | None = None

    def __enter__(self) -> "ResumableFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._file.close()

    @property
    def position(self) -> int:
        """Return the number of bytes read from the file as stored, compressed or not: for a progress bar."""
        return self._file.tell()

    @property
    def stored_size(self) -> int:
        """Return the size of the file as stored, compressed or not."""
        return os.fstat(self._file.fileno()).st_size

    def sample(self) -> list[FileLine]:
        """Return the first line, blank or not, and of the next some hundred those that are whole and not blank."""
        found: list[FileLine] = []
        size = 0
        self._seek(0)
        for line in self._lines(FilePosition()):
            if not found or (line.whole and line.raw.strip()):
                found.append(line)
            size += len(line.raw)
            if len(found) == SAMPLE_LINES or size >= SAMPLE_BYTES:
                break
        return found

    def directives_before(self, position: FilePosition) -> list[str]:
        """Return the last line of each directive (`#Fields:`) before a position."""
        found: dict[str, str] = {}
        if position.size:
            self._seek(0)
            size = 0
            while size < position.size and (raw := self._readline()):
                size += len(raw)
                if raw.startswith(b"#"):
                    found[text(raw).partition(" ")[0]] = text(raw)
        return list(found.values())

    def position_after(self, known: Sequence[tuple[int, str]]) -> FilePosition:
        """The end of the longest beginning of this file that is known, by size and digest."""
        position, found = FilePosition(), FilePosition()
        self._seek(0)
        for size, digest in sorted(known):
            if not self._skip(position, size):
                break
            if position.digest == digest:
                found = _copy(position)
        return found

    def _skip(self, position: FilePosition, size: int) -> bool:
        """Move `position` to a size and return True, or False when the file is shorter."""
        while position.size < size:
            chunk = self._read(min(CHUNK_BYTES, size - position.size))
            if not chunk:
                return False
            position.advance(chunk)
        return True

    def batches(self, position: FilePosition) -> Iterator[list[FileLine]]:
        """The lines after this position, some thousand at a time. The position is the caller's to advance."""
        self._seek(position.size)
        batch: list[FileLine] = []
        size = 0
        for line in self._lines(position):
            batch.append(line)
            size += len(line.raw)
            if len(batch) == BATCH_LINES or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _lines(self, position: FilePosition) -> Iterator[FileLine]:
        number, inside = position.lines, position.inside_line
        for raw in iter(self._readline, b""):
            number += not inside
            cut = not raw.endswith(b"\n")
            piece = inside or (cut and len(raw) == MAX_LINE_BYTES)
            yield FileLine(number, raw, not piece)
            inside = piece and cut

    def _seek(self, size: int) -> None:
        if self._start is None:
            self._start = self._guarded(self._count_leading_zeros)
        self._guarded(partial(self._stream.seek, self._start + size))

    def _count_leading_zeros(self) -> int:
        self._stream.seek(0)
        count = 0
        while chunk := self._stream.read(CHUNK_BYTES if count else 1):
            rest = chunk.lstrip(b"\0")
            count += len(chunk) - len(rest)
            if rest:
                break
        return count

    def _readline(self) -> bytes:
        return self._guarded(partial(self._stream.readline, MAX_LINE_BYTES))

    def _read(self, size: int) -> bytes:
        return self._guarded(partial(self._stream.read, size))

    def _guarded(self, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise BrokenFile(f"{self.path}: {error}") from error
        except OSError as error:
            if error.errno is not None or not self.is_packed:
                raise
            raise BrokenFile(f"{self.path}: {error}") from error  # bz2 has no error of its own


def _opened(path: Path) -> BinaryIO:
    """Open a file. What cannot be read twice, as standard input and pipes, is copied to a temporary file."""
    file = sys.stdin.buffer if path == STANDARD_INPUT else path.open("rb")
    if path != STANDARD_INPUT and file.seekable():
        return cast(BinaryIO, file)
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    shutil.copyfileobj(file, copy, CHUNK_BYTES)
    copy.seek(0)
    if path != STANDARD_INPUT:
        file.close()
    return cast(BinaryIO, copy)


def _copy(position: FilePosition) -> FilePosition:
    return FilePosition(position.size, position.lines, position.inside_line, position.sha.copy())


def text(raw: bytes) -> str:
    """Return the text of a line, whatever its bytes. Zero bytes before it are left out: a crash may leave them.

    >>> text(b"caf\\xc3\\xa9 \\xff\\r\\n"), text(bytes(3) + b"line")
    ('café \ufffd', 'line')
    """
    return raw.lstrip(b"\0").removeprefix(BYTE_ORDER_MARK).decode(errors="replace").rstrip("\r\n")


def opening(sample: Sequence[FileLine]) -> str:
    """Return a digest that stays the same when a file grows: the SHA-256 of its first line without its line end, or of
    the first line after directives (`#Version: 1.0`), with which many files begin."""
    lines = [line.raw for line in sample]
    if lines[0].startswith(b"#"):
        lines = [line for line in lines if not line.startswith(b"#") and line.endswith(b"\n")] or lines
    return hashlib.sha256(lines[0].rstrip(b"\r\n")).hexdigest()
