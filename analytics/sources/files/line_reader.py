"""Turn lines into records, and count the lines that record none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from analytics.sources.files import formats, resumable_file
from analytics.sources.files.extended_logs import ExtendedReader
from analytics.sources.files.formats import Format, Reader, ReadOptions, WrongFormat
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.resumable_file import FileLine, FilePosition, ResumableFile
from analytics.sources.lookups import user_agents

MAX_AGENT = user_agents.MAX_MATCHED_CHARACTERS
MAX_EXAMPLES = 3
"""The number of malformed lines that are quoted from each batch."""


class MalformedLine(NamedTuple):
    number: int
    beginning: str


@dataclass(slots=True)
class LinesRead:
    """The result of reading some lines; `consumed` are the lines that need not be read again, and `sources` and
    `numbers` the lines of the records and their numbers, one for each."""

    consumed: list[FileLine] = field(default_factory=list)
    records: list[LogRecord] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    skipped: Counter[Reason] = field(default_factory=Counter)
    malformed: list[MalformedLine] = field(default_factory=list)

    def skip(self, line: FileLine, reason: Reason) -> None:
        self.skipped[reason] += 1
        if reason is Reason.MALFORMED and len(self.malformed) < MAX_EXAMPLES:
            self.malformed.append(MalformedLine(line.number, resumable_file.text(line.raw)[:100]))


class LineReader(NamedTuple):
    """A reader of the lines of one file. `waits`: a last line without its end is not read before its end is there."""

    form: Format
    reader: Reader
    waits: bool
    notes: list[str]

    def start(self, source: ResumableFile, position: FilePosition) -> None:
        """Prepare for the lines after a position: directives before it say what these lines mean."""
        if isinstance(self.reader, ExtendedReader):
            for directive in source.directives_before(position):
                self.reader(directive)

    def read(self, lines: Sequence[FileLine]) -> LinesRead:
        """Return the records of page readers; bots are left out and counted."""
        result = LinesRead()
        piece_of = 0
        for line in lines:
            try:
                if line.whole:
                    if (record := self._record(line)) is not None:
                        result.records.append(record)
                        result.sources.append(line.raw)
                        result.numbers.append(line.number)
                elif line.number != piece_of:
                    piece_of = line.number
                    self._require_blank(line)
            except Skip as skip:
                if (reason := skip.reason) is Reason.UNFINISHED:
                    result.skipped[reason] += 1
                    break
                result.skip(line, reason)
            result.consumed.append(line)
        return result

    def _require_blank(self, piece: FileLine) -> None:
        """Raise Skip unless the piece of a line is only the end that an earlier run did not find."""
        if piece.raw.strip():
            raise Skip(Reason.PARTIAL_LINE)

    def _record(self, line: FileLine) -> LogRecord | None:
        text = resumable_file.text(line.raw)
        if not text.strip() or (line.number == 1 and self.form is Format.CSV):
            return None
        if self.waits and not line.finished:
            raise Skip(Reason.UNFINISHED)
        if "\0" in text:
            raise Skip(Reason.MALFORMED)
        try:
            record = self.reader(text)
        except Skip as skip:
            if skip.reason is Reason.MALFORMED and not line.finished:
                raise Skip(Reason.UNFINISHED) from skip
            raise
        if record is None or record.agent is None or self.form in formats.TABLE_FORMATS:
            return record
        if user_agents.is_bot(record.agent[:MAX_AGENT]):
            raise Skip(Reason.BOT)
        return record


def line_reader_for(source: ResumableFile, sample: Sequence[FileLine], options: ReadOptions) -> LineReader:
    """Return the reader for a file that begins with `sample`, in the format given or detected. Raise WrongFormat when
    no line is in the format."""
    lines = [resumable_file.text(line.raw) for line in sample if line.whole]
    if not lines:
        raise WrongFormat(f"line 1 is longer than {resumable_file.MAX_LINE_BYTES} bytes; this is no log and no table.")
    found = formats.file_format(lines, options)
    may_grow = not options.finished and not source.is_packed
    waits = may_grow and (found.form in formats.ENDLESS_FORMATS or bool(options.client_field))
    return LineReader(found.form, found.read, waits, found.notes)
