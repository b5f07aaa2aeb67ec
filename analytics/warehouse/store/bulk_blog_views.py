"""Write views in bulk, as columns: binary COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics import database
from analytics.sources.lookups import ip_addresses
from tally.counts import Ints

TABLE = "analytics_blogview"
COLUMNS = ("blog_id", "country_id", "viewer_id", "ip_address", "timestamp", "context_id", "visitor")
ROWS_PER_BATCH = 100_000
INSERT = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"

IPV4, IPV6 = 2, 3
"""The address families of PostgreSQL's inet."""
RECORD = np.dtype(
    [
        ("columns", ">i2"),
        ("blog_size", ">i4"),
        ("blog", ">i8"),
        ("country_size", ">i4"),
        ("country", ">i8"),
        ("viewer_size", ">i4"),
        ("viewer", ">i4"),
        ("address_size", ">i4"),
        ("family", "u1"),
        ("bits", "u1"),
        ("is_network", "u1"),
        ("length", "u1"),
        ("address", "u1", 16),
        ("time_size", ">i4"),
        ("time", ">i8"),
        ("context_size", ">i4"),
        ("context", ">i4"),
        ("visitor_size", ">i4"),
        ("visitor", ">i8"),
    ]
)
"""A row in COPY's format if nothing is NULL and the address has 16 bytes: each value after its size."""


@dataclass(frozen=True, slots=True)
class BlogViewColumns:
    """Columns of equal length. An id or a visitor of 0 means none; `times` is in microseconds since 1970; an address is
    its 4 or 16 bytes, or empty. Columns that have a default may be left out: then nothing of the kind is known."""

    blogs: Ints
    countries: Ints
    viewers: Ints
    times: Ints
    addresses: Sequence[bytes] = ()
    contexts: Ints | None = None
    visitors: Ints | None = None

    def __len__(self) -> int:
        return len(self.blogs)

    def pieces(self) -> Iterator["BlogViewColumns"]:
        for at in range(0, len(self), ROWS_PER_BATCH):
            some = slice(at, at + ROWS_PER_BATCH)
            columns: Iterator[Any] = (getattr(self, column) for column in BlogViewColumns.__slots__)
            cut: list[Any] = [column if column is None else column[some] for column in columns]
            yield BlogViewColumns(*cut)


def add(views: BlogViewColumns) -> None:
    """Write all views in their order, a piece at once."""
    for piece in views.pieces():
        if database.on_postgres():
            database.copy_in(TABLE, COLUMNS, [_records(piece)])
        else:
            with database.writing():  # SQLite would commit each row
                database.execute_many(INSERT, _rows(piece))


def _records(views: BlogViewColumns) -> bytes:
    """Return the rows in COPY's format: fixed-size records without the bytes that NULLs and short addresses do not
    have."""
    sizes = _sizes(views)
    records = _fixed_size_records(views, sizes)
    present = np.ones((len(views), RECORD.itemsize), np.bool_)
    for column, ids in _nullable(views).items():
        absent = ids == 0
        records[f"{column}_size"][absent] = -1
        present[absent, _bytes_of(column)] = False
    _shorten_addresses(records, present, sizes)
    return records.view(np.uint8).reshape(present.shape)[present].tobytes()


def _fixed_size_records(views: BlogViewColumns, sizes: Ints) -> NDArray[np.void]:
    records = np.zeros(len(views), RECORD)
    records["columns"] = len(COLUMNS)
    records["blog_size"], records["blog"] = 8, views.blogs
    records["country_size"], records["country"] = 8, views.countries
    records["viewer_size"], records["viewer"] = 4, views.viewers
    records["time_size"], records["time"] = 8, views.times - database.POSTGRES_EPOCH
    records["context_size"], records["context"] = 4, _or_zeros(views.contexts, len(views))
    records["visitor_size"], records["visitor"] = 8, _or_zeros(views.visitors, len(views))
    if views.addresses:
        records["address"] = np.array(views.addresses, "S16").view(np.uint8).reshape(-1, 16)
    records["family"], records["bits"], records["length"] = np.where(sizes == 4, IPV4, IPV6), sizes * 8, sizes
    return records


def _nullable(views: BlogViewColumns) -> dict[str, Ints]:
    """Return the columns in which 0 is NULL."""
    return {
        "country": views.countries,
        "viewer": views.viewers,
        "context": _or_zeros(views.contexts, len(views)),
        "visitor": _or_zeros(views.visitors, len(views)),
    }


def _or_zeros(values: Ints | None, count: int) -> Ints:
    return np.zeros(count, np.int64) if values is None else values


def _shorten_addresses(records: NDArray[np.void], present: NDArray[np.bool_], sizes: Ints) -> None:
    start, end = _bytes_of("family").start, _bytes_of("address").stop
    records["address_size"] = np.where(sizes == 0, -1, sizes + 4)
    present[sizes == 0, start:end] = False
    present[sizes == 4, end - 12 : end] = False


def _sizes(views: BlogViewColumns) -> Ints:
    return np.fromiter(map(len, views.addresses), np.int64) if views.addresses else np.zeros(len(views), np.int64)


def _bytes_of(column: str) -> slice:
    dtype, start = dict(RECORD.fields or ())[column][:2]
    return slice(start, start + dtype.itemsize)


def _rows(views: BlogViewColumns) -> Iterator[tuple[Any, ...]]:
    """Yield rows as Django writes them to SQLite: times as text without a zone, in UTC."""
    times = map(str, views.times.astype("datetime64[us]").tolist())
    countries, viewers, contexts, visitors = (
        [known or None for known in ids.tolist()] for ids in _nullable(views).values()
    )
    addresses = map(ip_addresses.text, views.addresses) if views.addresses else [None] * len(views)
    return zip(views.blogs.tolist(), countries, viewers, addresses, times, contexts, visitors, strict=True)
