"""`import_views`: import blog views from access logs and tables."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import CommandError
from tqdm import tqdm

from analytics import clock
from analytics.ingest.flow import import_views as flow
from analytics.ingest.flow.import_views import (
    AlreadyImporting,
    BrokenFile,
    Format,
    ImportOptions,
    ImportReport,
    NoCountryDatabase,
    NoSuchUser,
    ResumableFile,
    WrongFormat,
)
from analytics.management.arguments import EXIT_TRY_AGAIN
from analytics.management.base import ServiceCommand
from analytics.management.terminal import PlainErrors
from analytics.sources.files.log_record import Reason
from analytics.sources.files.page_requests import asset_endings
from analytics.sources.url_spelling import BadUrl, normal_page_url

MAX_EXAMPLES = 3
MAX_PARAMETERS = 5
USAGE, DATA, NO_INPUT, CONFIG, INTERRUPTED = 64, 65, 66, 78, 130
"""Exit codes of sysexits.h, and the shell's for Ctrl-C."""
EXIT_CODES = {
    WrongFormat: DATA,
    BrokenFile: DATA,
    NoSuchUser: USAGE,
    NoCountryDatabase: CONFIG,
    AlreadyImporting: EXIT_TRY_AGAIN,
    OSError: NO_INPUT,
}


class Command(ServiceCommand):
    help = (
        "Import blog views from access logs and tables, plain or .gz, .bz2, .xz. Lines imported already are skipped, "
        "so run it again after an interruption, or when a log has grown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="- is standard input")
        parser.add_argument(
            "--format", type=Format, choices=list(Format), metavar="|".join(Format), help="default: by what a file says"
        )
        parser.add_argument(
            "--host",
            default=ImportOptions().host,
            help="of paths in logs that name no site; a URL will do (default: %(default)s)",
        )
        parser.add_argument(
            "--author",
            default=ImportOptions().author,
            metavar="USERNAME",
            help="of the blogs that are made for new URLs (default: a user %(default)s without a password)",
        )
        self._add_counting_options(parser)

    def _add_counting_options(self, parser: ArgumentParser) -> None:
        """Add the options that say what counts as a view, and whose it is."""
        parser.add_argument(
            "--client-field",
            default="",
            metavar="FIELD",
            help="that holds the client, behind a proxy you trust: x-forwarded-for, the number of a field after the "
            "user agent, or the name of a field or column",
        )
        parser.add_argument(
            "--assets",
            default="",
            metavar="ENDINGS",
            help="of paths that are no pages, as js,css; with a sign they change the default: --assets=-js,+lua",
        )
        parser.add_argument(
            "--page-parameters",
            default="",
            metavar="NAMES",
            help="of query parameters that name a page, as p,page_id (default: none, /?p=12 is /)",
        )
        parser.add_argument(
            "--overlap",
            action="store_true",
            help="files share lines: a line that was imported in the last 30 days, from any file, is the same view",
        )
        parser.add_argument(
            "--finished", action="store_true", help="no file grows: a last line without its end is a whole one"
        )

    def handle(self, *, files: Sequence[Path], **options: Any) -> None:
        import_options = ImportOptions(
            options["format"],
            _host(options["host"]),
            options["author"],
            asset_endings(options["assets"].split(",")),
            tuple(dict.fromkeys(name.strip() for name in options["page_parameters"].split(",") if name.strip())),
            options["client_field"],
            options["overlap"],
            options["finished"],
        )
        total = ImportReport()
        for path in files:
            total.add(self._import(Path(path), import_options))
        self._summarise(total, import_options)

    def _import(self, path: Path, import_options: ImportOptions) -> ImportReport:
        now = clock.now()
        try:
            with ResumableFile(path) as source, self._bar(source) as bar:
                report = flow.import_views(source, import_options, now=now, progress=lambda at: bar.update(at - bar.n))
        except tuple(EXIT_CODES) as error:
            code = next(EXIT_CODES[kind] for kind in EXIT_CODES if isinstance(error, kind))
            reason = error.strerror or error if isinstance(error, OSError) else error
            raise CommandError(f"{path}: {reason}", returncode=code) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError(
                f"{path}: interrupted; run the same again to go on.", returncode=INTERRUPTED
            ) from interrupt
        self.stdout.write(f"{path}: {_sentence(report)}")
        for note in report.notes:
            self.stdout.write(f"  {note}")
        for number, beginning in report.malformed[:MAX_EXAMPLES]:
            self.stdout.write(f"  not in the format, line {number}: {beginning}")
        return report

    def _bar(self, source: ResumableFile) -> "tqdm[NoReturn]":
        return tqdm(
            total=source.stored_size,
            desc=source.path.name,
            unit="B",
            unit_scale=True,
            file=PlainErrors(self.stderr),
            disable=None,
            leave=False,
        )

    def _summarise(self, total: ImportReport, import_options: ImportOptions) -> None:
        self.stdout.write(
            f"Added {_count_of(total.views, 'view')} of {_count_of(len(total.blogs), 'blog')} ({total.new_blogs} new) "
            f"from {_count_of(len(total.countries), 'country')}; {total.without_country:,} of unknown country."
        )
        if total.unknown_viewers:
            self.stdout.write(
                f"{_count_of(total.unknown_viewers, 'view')} by viewers who are no users here, kept without a viewer."
            )
        if total.named_clients:
            self.stdout.write(
                f"{_count_of(total.named_clients, 'view')} by clients that are logged by name, not by address: "
                "no country is known for a name."
            )
        if total.cut_queries:
            common = ", ".join(f"{name} ({count:,})" for name, count in total.dropped.most_common(MAX_PARAMETERS))
            self.stdout.write(
                f"{_count_of(total.cut_queries, 'view')} of URLs with parameters that were left off: {common}. "
                "If one names a page: --page-parameters."
            )
        if total.skipped:
            self.stdout.write(f"Skipped {_count_of(total.skipped.total(), 'line')}:")
        for reason, count in total.skipped.most_common():
            self.stdout.write(f"  {count:>9,}  {reason}")
        if total.views:
            self.stdout.write("Next: precalculate_stats.")


def _sentence(report: ImportReport) -> str:
    already_imported = f", {report.already_imported:,} were in before" if report.already_imported else ""
    views = _count_of(report.views, "view")
    form = f" ({report.form})" if report.form else ""
    lines = _count_of(report.lines, "new line")
    return f"{lines}{already_imported}, {views}, {report.skipped[Reason.BOT]:,} by bots{form}"


def _host(text: str) -> str:
    """Return the host in its one spelling, given alone or in a URL.

    >>> _host("https://WWW.example.com:8080/a"), _host("localhost")
    ('www.example.com', 'localhost')
    """
    try:
        return normal_page_url(text.strip()).partition("/")[0]
    except BadUrl as error:
        raise CommandError(f"--host: {text!r} is no host.", returncode=USAGE) from error


def _count_of(count: int, noun: str) -> str:
    """
    >>> _count_of(1, "view"), _count_of(2000, "country")
    ('1 view', '2,000 countries')
    """
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
