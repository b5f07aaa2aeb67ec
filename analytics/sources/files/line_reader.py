"""Turn lines into records, and count the lines that record none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from analytics.sources.files import formats, resumable_file
from analytics.sources.files.formats import Format, Reader, WrongFormat
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.resumable_file import FileLine
from analytics.sources.lookups import user_agents

MAX_EXAMPLES = 3
"""The number of malformed lines that are quoted from each batch."""


class MalformedLine(NamedTuple):
    number: int
    beginning: str


@dataclass(slots=True)
class LinesRead:
    """The result of reading some lines; `consumed` are the lines that need not be read again."""

    consumed: list[FileLine] = field(default_factory=list)
    records: list[LogRecord] = field(default_factory=list)
    skipped: Counter[Reason] = field(default_factory=Counter)
    malformed: list[MalformedLine] = field(default_factory=list)

    def skip(self, line: FileLine, reason: Reason) -> None:
        self.skipped[reason] += 1
        if reason is Reason.MALFORMED and len(self.malformed) < MAX_EXAMPLES:
            self.malformed.append(MalformedLine(line.number, resumable_file.text(line.raw)[:100]))


class LineReader(NamedTuple):
    """A reader of the lines of one file."""

    form: Format
    reader: Reader
    host: str

    def read(self, lines: Sequence[FileLine]) -> LinesRead:
        """Return the records of page readers; bots are left out and counted."""
        result = LinesRead()
        for line in lines:
            text = resumable_file.text(line.raw)
            try:
                if text.strip() and not self._is_header(line):
                    result.records.append(self._record(line, text))
            except Skip as skip:
                if skip.reason is Reason.MALFORMED and not line.finished:
                    result.skipped[Reason.UNFINISHED] += 1
                    break
                result.skip(line, skip.reason)
            result.consumed.append(line)
        return result

    def _is_header(self, line: FileLine) -> bool:
        return line.number == 1 and self.form is Format.CSV

    def _record(self, line: FileLine, text: str) -> LogRecord:
        if not line.whole:
            raise Skip(Reason.PARTIAL_LINE)
        if "\0" in text:
            raise Skip(Reason.MALFORMED)
        record = self.reader(text, self.host)
        if record.agent is not None and user_agents.is_bot(record.agent):
            raise Skip(Reason.BOT)
        return record


def line_reader_for(sample: Sequence[bytes], form: Format | None, host: str) -> LineReader:
    """Return the reader for a file that begins with `sample`, in the format given or guessed. Raise WrongFormat when no
    line is in the format."""
    lines = [resumable_file.text(line) for line in sample]
    if len(sample[0]) == resumable_file.MAX_LINE_BYTES and not sample[0].endswith(b"\n"):
        raise WrongFormat(f"line 1 is longer than {resumable_file.MAX_LINE_BYTES} bytes; this is no log and no table.")
    form = form or formats.guess(lines)
    formats.check(form, lines)
    return LineReader(form, formats.reader(form, lines[0]), host)
