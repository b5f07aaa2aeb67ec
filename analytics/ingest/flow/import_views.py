"""Import blog views from files that other programs wrote: web server logs and tables."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from analytics import conf
from analytics.datasets import VIEWS
from analytics.ingest.store import import_progress
from analytics.ingest.store.import_progress import AlreadyImporting
from analytics.live.store import visitor_salts
from analytics.models import Blog, ImportCheckpoint
from analytics.sources.contexts import ContextClues, view_context
from analytics.sources.files import line_fingerprints, resumable_file
from analytics.sources.files.formats import Format, ReadOptions, WrongFormat
from analytics.sources.files.line_fingerprints import LineFingerprints
from analytics.sources.files.line_reader import LinesRead, MalformedLine, line_reader_for
from analytics.sources.files.log_record import LogRecord, Reason
from analytics.sources.files.page_requests import ASSETS, PageRules
from analytics.sources.files.resumable_file import BrokenFile, FilePosition, ResumableFile
from analytics.sources.lookups import geoip, ip_addresses
from analytics.sources.lookups.geoip import NoCountryDatabase
from analytics.sources.lookups.ip_addresses import AddressPolicy
from analytics.sources.messages.events import digest
from analytics.sources.messages.page_visits import (
    salt_of_day,
    stored_visitor,
    visitor_from_address,
    visitor_from_name,
)
from analytics.sources.messages.timestamps import SECOND, as_datetime
from analytics.warehouse.store import bulk_blog_views, contexts, dimensions, facts, unfinished_writes
from analytics.warehouse.store.bulk_blog_views import BlogViewColumns
from analytics.warehouse.store.contexts import DayLimit
from analytics.warehouse.store.dimensions import NoSuchUser
from analytics.warehouse.store.facts import NewViews
from tally.counts import Ints, int_array

DEFAULT_AUTHOR = "import"
MAX_CACHED_CLIENTS = 1 << 18
"""The largest number of addresses whose country is remembered during a run."""
MAX_CACHED_VISITORS = 1 << 16
MAX_AGENT = 1000
EPOCH, DAY = date(1970, 1, 1), 86_400 * SECOND
MAX_CLIENT = 200
"""Characters of a client: anyone can send a long X-Forwarded-For."""
MAX_TITLE = 300
MAX_FILE_NAME = 255
MAX_PARAMETER = 40
MAX_COUNTED_PARAMETERS = 1000

Progress = Callable[[int], object]
"""A callback that receives the position reached in the file, in bytes of the file as stored (compressed, if it is)."""


class ImportOptions(NamedTuple):
    """Options of an import: the format (None: detect it), the host of paths without one, the author of new blogs, the
    endings of files that are no pages, the query parameters that name a page, the field that holds the client if it is
    not the usual one, whether a line that was imported before is the same view, and whether a last line without its end
    is finished."""

    form: Format | None = None
    host: str = "localhost"
    author: str = DEFAULT_AUTHOR
    assets: frozenset[str] = ASSETS
    parameters: tuple[str, ...] = ()
    client_field: str = ""
    overlap: bool = False
    finished: bool = False

    @property
    def reading(self) -> ReadOptions:
        rules = PageRules(self.host, self.assets, self.parameters)
        return ReadOptions(self.form, rules, self.client_field, self.finished)


@dataclass(slots=True)
class ImportReport:
    """The result of importing one file or several.

    `already_imported` counts the lines imported before, `without_country` the views without a country, and
    `unknown_viewers` the views whose viewer is not a user of this service: they are stored without a viewer.
    `named_clients` counts the views by clients that are logged by name: no country is known for a name.
    `dropped` counts the query parameters that the urls leave out, and `cut_queries` the views that have any.
    """

    form: Format | None = None
    notes: list[str] = field(default_factory=list)

    already_imported: int = 0
    lines: int = 0
    views: int = 0
    new_blogs: int = 0
    without_country: int = 0
    unknown_viewers: int = 0
    named_clients: int = 0
    cut_queries: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    blogs: set[int] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    skipped: Counter[Reason] = field(default_factory=Counter)
    malformed: list[MalformedLine] = field(default_factory=list)

    def add(self, other: "ImportReport") -> None:
        for column in fields(ImportReport):
            if column.name == "form":
                continue
            ours, theirs = getattr(self, column.name), getattr(other, column.name)
            setattr(self, column.name, ours | theirs if isinstance(ours, set) else ours + theirs)
        if len(self.dropped) > MAX_COUNTED_PARAMETERS:
            self.dropped = Counter(dict(self.dropped.most_common(MAX_COUNTED_PARAMETERS // 2)))


class Origin(NamedTuple):
    """The country of a client, as an ISO code or empty, the part of its address that is stored, whether it is logged by
    name, and its whole address or name, which is never stored."""

    country: str
    address: bytes
    is_name: bool
    client: str


def import_views(source: ResumableFile, options: ImportOptions, *, now: datetime, progress: Progress) -> ImportReport:
    """Add the views that a file records, and that are not stored yet, to the facts; return a report.

    Each transaction holds some thousand lines and also records the position reached in the file. An interrupted import
    therefore resumes where it stopped, a file that has grown resumes at its former end, and a file that was imported
    completely adds nothing. Raise AlreadyImporting when another process imports a file with the same beginning.
    """
    sample = source.sample()
    if not any(line.raw.strip() for line in sample):
        return ImportReport()
    line_reader = line_reader_for(source, sample, options.reading)
    writer = BlogViewWriter(options.author, DayLimit(now.date(), conf.new_values_a_day()))
    opening = resumable_file.opening(sample)
    last_import = import_progress.newest(opening)
    position = source.position_after(import_progress.checkpoints(opening))
    report = ImportReport(form=line_reader.form, notes=line_reader.notes, already_imported=position.lines)
    line_reader.start(source, position)
    for lines in source.batches(position):
        lines_read = line_reader.read(lines)
        write = _begin_write(lines_read)
        writer.keys = _keys(lines_read, opening, position)
        with import_progress.import_lock(opening, last_import):
            fingerprints = line_fingerprints.of_lines(lines_read)
            if options.overlap:
                fingerprints = _leave_out_repeated(lines_read, fingerprints)
            batch_report = writer.add(lines_read)
            batch_report.lines = _advance(position, lines_read)
            if lines_read.consumed:
                checkpoint = _checkpoint(position, batch_report, opening=opening, name=source.path.name)
                checkpoint.imported_at = now
                last_import = import_progress.add(checkpoint, fingerprints)
            if write:
                unfinished_writes.end(VIEWS, write)
        report.add(batch_report)
        progress(source.position)
    facts.index_new_facts(VIEWS)
    return report


def _begin_write(lines_read: LinesRead) -> str | None:
    """Note the days of the records if they are going to a cluster, and return the name of the write."""
    if not lines_read.records or not facts.has_cluster():
        return None
    days = {record.at // DAY for record in lines_read.records}
    return unfinished_writes.begin(VIEWS, [EPOCH + timedelta(days=day) for day in days])


def _keys(lines_read: LinesRead, opening: str, position: FilePosition) -> dict[int, bytes]:
    """Return what identifies each record on a cluster, by the id of the object: its line, and what stands before the
    batch. So an import that is interrupted and resumed writes the same views again."""
    if not facts.has_cluster():
        return {}
    before = digest(opening, position.digest)[:8]
    numbered = zip(lines_read.records, lines_read.numbers, strict=True)
    return {id(record): before + number.to_bytes(8) for record, number in numbered}


def _advance(position: FilePosition, lines_read: LinesRead) -> int:
    """Advance the position past the lines taken and return the number of these lines."""
    before = position.lines
    position.advance(b"".join(line.raw for line in lines_read.consumed))
    return position.lines - before


def _leave_out_repeated(lines_read: LinesRead, fingerprints: LineFingerprints) -> LineFingerprints:
    """Remove the records of lines that were imported before, or that stand above in the batch, and count them as
    skipped. Return the fingerprints of the others."""
    new = fingerprints.first_of_each() & ~import_progress.are_imported(fingerprints)
    if repeated := len(new) - int(new.sum()):
        lines_read.skipped[Reason.REPEATED] += repeated
        lines_read.records = [record for record, is_new in zip(lines_read.records, new, strict=True) if is_new]
    return fingerprints.only(new)


def _checkpoint(position: FilePosition, batch_report: ImportReport, *, opening: str, name: str) -> ImportCheckpoint:
    return ImportCheckpoint(
        opening=opening,
        size=position.size,
        digest=position.digest,
        lines=position.lines,
        views=batch_report.views,
        bots=batch_report.skipped[Reason.BOT],
        name=name[:MAX_FILE_NAME].encode(errors="replace").decode(),
    )


class BlogViewWriter:
    """Writes log records as blog views. It remembers the ids of the blogs, countries and viewers met in this run, so
    that the database is queried once for each."""

    def __init__(self, author: str, limit: DayLimit) -> None:
        self._limit = limit
        self._visitor = _visitors()
        self._author = author
        self._author_id = 0 if author == DEFAULT_AUTHOR else dimensions.author(author)
        self._blogs: dict[str, int] = {}
        self._first_views: dict[str, int] = {}
        self._blog_ids: set[int] = set()
        self._countries: dict[str, int] = {"": 0}
        self._viewers: dict[str, int] = {"": 0}
        self._origin = _origins()
        self.keys: dict[int, bytes] = {}
        """What identifies the records of this batch on a cluster, by the id of the object."""

    def add(self, lines_read: LinesRead) -> ImportReport:
        """Store the records as views, creating the blogs and countries they need. Call this inside a transaction."""
        report = ImportReport(skipped=lines_read.skipped, malformed=lines_read.malformed)
        records = self._with_existing_blogs(lines_read.records, report)
        origins = [self._origin(record.client[:MAX_CLIENT]) for record in records]
        codes = [record.country or origin.country for record, origin in zip(records, origins, strict=True)]
        self._get_or_create_countries(set(codes))
        self._load_viewers({record.viewer for record in records})
        views = BlogViewColumns(
            int_array(self._blogs[record.url] if record.url else record.blog_id for record in records),
            int_array(self._countries[code] for code in codes),
            int_array(self._viewers[record.viewer] for record in records),
            int_array(record.at for record in records),
            [origin.address for origin in origins],
            self._contexts(records),
            int_array(map(self._visitor, records, origins)),
        )
        self._store(views, records)
        report.views, report.without_country = len(views), codes.count("")
        report.named_clients = sum(origin.is_name for origin in origins)
        report.dropped = Counter(name[:MAX_PARAMETER] for record in records for name in record.dropped)
        report.cut_queries = sum(1 for record in records if record.dropped)
        report.unknown_viewers = sum(1 for record in records if record.viewer and not self._viewers[record.viewer])
        report.blogs, report.countries = set(views.blogs.tolist()), set(codes) - {""}
        return report

    def _store(self, views: BlogViewColumns, records: list[LogRecord]) -> None:
        if not facts.has_cluster():
            bulk_blog_views.add(views)
        elif records:
            nothing = int_array([0] * len(views))
            contexts, visitors = (nothing if each is None else each for each in (views.contexts, views.visitors))
            columns = views.blogs, views.countries, views.viewers, views.times, views.addresses
            facts.add_to_cluster(NewViews(*columns, contexts, visitors, [self.keys[id(each)] for each in records]))

    def _contexts(self, records: list[LogRecord]) -> Ints:
        """Return the ids of the records' contexts, 0 for unknown ones."""
        hosts = {record.blog_id: "" for record in records if record.blog_id and record.referrer}
        if hosts:
            hosts = {id: url.partition("/")[0] for id, url in dimensions.urls(hosts).items()}
        of_records = [
            view_context(
                ContextClues(
                    record.referrer,
                    record.agent or "",
                    record.language,
                    record.campaign,
                    record.url.partition("/")[0] or hosts.get(record.blog_id, ""),
                )
            )
            for record in records
        ]
        ids = contexts.get_or_create_current(set(of_records), self._limit)
        return int_array(ids[context].id if context in ids else 0 for context in of_records)

    def _with_existing_blogs(self, records: list[LogRecord], report: ImportReport) -> list[LogRecord]:
        """Return the records whose blog exists; create blogs for new URLs, and count the other records as skipped."""
        report.new_blogs = self._get_or_create_blogs(records)
        new_ids = {record.blog_id for record in records} - self._blog_ids - {0}
        self._blog_ids |= dimensions.existing_blogs(new_ids)
        found = [record for record in records if record.url or record.blog_id in self._blog_ids]
        if lost := len(records) - len(found):
            report.skipped[Reason.NO_BLOG] += lost
        return found

    def _get_or_create_blogs(self, records: list[LogRecord]) -> int:
        """Load or create the blogs of these records' URLs and return the number of blogs created.

        The creation time of an imported blog is the time of its first view, whatever the order of the files.
        """
        first: dict[str, int] = {}
        for record in records:
            if record.url and record.at < first.get(record.url, self._first_views.get(record.url, record.at + 1)):
                first[record.url] = record.at
        self._first_views |= first
        self._blogs |= dimensions.blogs(first.keys() - self._blogs.keys())
        missing = [url for url in first if url not in self._blogs]
        dimensions.lower_creation({url: at for url, at in first.items() if url in self._blogs})
        if missing:
            dimensions.add_blogs(self._blog(url, first[url]) for url in missing)
            self._blogs |= dimensions.blogs(missing)
        return len(missing)

    def _blog(self, url: str, at: int) -> Blog:
        self._author_id = self._author_id or dimensions.get_or_create_people([self._author])[self._author]
        title = url[url.index("/") :].replace("%3F", "?", 1)[:MAX_TITLE]
        return Blog(title=title, url=url, author_id=self._author_id, created_at=as_datetime(at), is_imported=True)

    def _get_or_create_countries(self, codes: set[str]) -> None:
        if new := codes - self._countries.keys():
            self._countries |= dimensions.get_or_create_countries(
                {code: geoip.country_name(code) for code in sorted(new)}
            )

    def _load_viewers(self, names: set[str]) -> None:
        if new := names - self._viewers.keys():
            self._viewers |= dict.fromkeys(new, 0) | dimensions.people(new)


def _visitors() -> Callable[[LogRecord, Origin], int]:
    """Return a function from a record and its origin to what views store of the visitor, 0 for none.

    The salt of a day follows from the installation's secret, so that a line gives the same visitor at each import.
    """
    if not conf.visitors():
        return lambda record, origin: 0
    secret = visitor_salts.installation_secret()
    salt = lru_cache(1024)(lambda day: salt_of_day(EPOCH + timedelta(days=day), secret))

    @lru_cache(MAX_CACHED_VISITORS)
    def by_name(name: str) -> int:
        return stored_visitor(visitor_from_name(name), secret) or 0

    @lru_cache(MAX_CACHED_VISITORS)
    def by_address(client: str, agent: str, day: int) -> int:
        return stored_visitor(visitor_from_address(client, agent, salt(day)), secret) or 0

    def visitor(record: LogRecord, origin: Origin) -> int:
        if name := record.visitor or record.viewer:
            return by_name(name)
        return by_address(origin.client, (record.agent or "")[:MAX_AGENT], record.at // DAY) if origin.client else 0

    return visitor


def _origins() -> Callable[[str], Origin]:
    """Return a function from a client's address to its Origin, as the settings say.

    The country is looked up with the whole address; afterwards the address is kept, truncated or dropped.
    """
    find, keep = geoip.finder(conf.places()), AddressPolicy(conf.kept_of_addresses())

    @lru_cache(MAX_CACHED_CLIENTS)
    def origin(client: str) -> Origin:
        found = ip_addresses.parse_client(client)
        country = find(found) if found else None
        name = client.strip("-")
        address = ip_addresses.kept_bytes(found, keep)
        return Origin(country or "", address, bool(name) and found is None, str(found) if found else name)

    return origin


__all__ = [
    "BrokenFile",
    "AlreadyImporting",
    "Format",
    "NoCountryDatabase",
    "NoSuchUser",
    "ImportReport",
    "ResumableFile",
    "ImportOptions",
    "WrongFormat",
    "import_views",
]
