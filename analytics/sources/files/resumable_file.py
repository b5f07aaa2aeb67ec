"""Read files, plain or compressed, from any position on. A file is recognised by its content, not by its name."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

MAX_LINE_BYTES = 65536
BATCH_LINES = 20_000
BATCH_BYTES = 8_000_000
CHUNK_BYTES = 1 << 20
SAMPLE_LINES = 100
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Read = TypeVar("Read")


class BrokenFile(Exception):
    """A packed file that is damaged or ends too soon."""


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
    """One file. All sizes and positions count uncompressed bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("rb")
        packed = self._file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        self._file.seek(0)
        self._stream: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=self._file) if packed else self._file

    def __enter__(self) -> "ResumableFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._file.close()

    @property
    def position(self) -> int:
        """Return the number of bytes read from the file as stored, compressed or not: for a progress bar."""
        return self._file.tell()

    def sample(self) -> list[bytes]:
        """The first line, blank or not, and after it the first that are not blank; none longer than a line may be."""
        self._seek(0)
        found = [self._readline() for _ in range(SAMPLE_LINES)]
        return found[:1] + [line for line in found[1:] if line.strip()]

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
        self._guarded(partial(self._stream.seek, size))

    def _readline(self) -> bytes:
        return self._guarded(partial(self._stream.readline, MAX_LINE_BYTES))

    def _read(self, size: int) -> bytes:
        return self._guarded(partial(self._stream.read, size))

    def _guarded(self, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BrokenFile(f"{self.path}: {error}") from error


def _copy(position: FilePosition) -> FilePosition:
    return FilePosition(position.size, position.lines, position.inside_line, position.sha.copy())


def text(raw: bytes) -> str:
    """Return the text of a line, whatever its bytes.

    >>> text(b"caf\\xc3\\xa9 \\xff\\r\\n")
    'café \ufffd'
    """
    return raw.removeprefix(BYTE_ORDER_MARK).decode(errors="replace").rstrip("\r\n")


def opening(sample: Sequence[bytes]) -> str:
    """Return a digest that stays the same when a file grows: the SHA-256 of its first line without its line end."""
    return hashlib.sha256(sample[0].rstrip(b"\r\n")).hexdigest()
