"""Find the format of a file, by the lines at its beginning, and the reader for its lines."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from analytics.sources.files import access_logs, extended_logs, json_logs, load_balancer_logs, tables
from analytics.sources.files.access_logs import HostPlace, Layout, LineShape, NoClientField
from analytics.sources.files.extended_logs import ExtendedReader
from analytics.sources.files.json_logs import JsonReader, JsonServer
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageRules, page_finder
from analytics.sources.lookups.ip_addresses import parse_client

Reader = Callable[[str], LogRecord | None]
"""Of a line: its view, or None for a line that is about other lines."""
NO_AGENTS = "No line has a user agent, so bots count as people."
NO_CLIENTS = "No line has a client's address, so all countries are unknown."


class Format(StrEnum):
    COMBINED = "combined"
    VHOST = "vhost"
    COMMON = "common"
    CSV = "csv"
    JSONL = "jsonl"
    NGINX_JSON = "nginx-json"
    CADDY = "caddy"
    TRAEFIK = "traefik"
    W3C = "w3c"
    CLOUDFRONT = "cloudfront"
    ALB = "alb"


DIRECTIVE_FORMATS = (Format.W3C, Format.CLOUDFRONT)
TABLE_FORMATS = (Format.CSV, Format.JSONL)
"""Their authors have decided which rows are views."""
ENDLESS_FORMATS = (Format.CSV, *DIRECTIVE_FORMATS, Format.ALB)
"""In these, a line whose end is not written yet looks like a whole one."""
JSON_SERVERS = {
    Format.NGINX_JSON: json_logs.NGINX,
    Format.CADDY: json_logs.CADDY,
    Format.TRAEFIK: json_logs.TRAEFIK,
}
CLIENT_FIELD_FORMATS = (*JSON_SERVERS, *DIRECTIVE_FORMATS, Format.COMBINED, Format.VHOST)


class WrongFormat(Exception):
    """Nothing at the beginning of this file is in the format."""


class ReadOptions(NamedTuple):
    """How files are read: the format (None: detect it), what a page is, the field that holds the client if it is not
    the usual one, and whether a last line without its end is finished."""

    form: Format | None = None
    rules: PageRules = PageRules()
    client_field: str = ""
    finished: bool = False


class FileFormat(NamedTuple):
    """The format of one file, the reader of its lines, and what the user should know about it."""

    form: Format
    read: Reader
    notes: list[str]


def file_format(sample: Sequence[str], options: ReadOptions) -> FileFormat:
    """Return the format of a file that begins with these lines. Raise WrongFormat when no line is in the format."""
    form = options.form or detect(sample)
    if options.client_field and form not in CLIENT_FIELD_FORMATS:
        raise WrongFormat(f"--client-field: a file in the {form} format has no field for it.")
    shapes = [seen for seen in map(access_logs.shape, sample) if seen]
    if not options.form or form in (Format.COMBINED, Format.COMMON):
        _require_clients(form, shapes, is_given=options.form is not None)
    try:
        found = _format(form, options, sample=sample, shapes=shapes)
        _require_format(form, found.read, sample)
        return _format(form, options, sample=sample, shapes=shapes) if form in DIRECTIVE_FORMATS else found
    except NoClientField as error:
        raise WrongFormat(str(error)) from error


def detect(sample: Sequence[str]) -> Format:
    """Return the format of most of these lines.

    >>> detect(['{"url": "a/b", "timestamp": "2015-05-17"}']), detect(["timestamp,blog_id"])
    (<Format.JSONL: 'jsonl'>, <Format.CSV: 'csv'>)
    """
    with suppress(tables.NoTable, Skip):
        tables.columns(sample[0])
        return Format.CSV
    forms = Counter(form for form in map(form_of, sample) if form)
    if not forms:
        raise WrongFormat(
            f"line 1 is in none of the formats {', '.join(Format)}: {sample[0][:100]!r}. "
            "A log needs client, time, request and status; a table a header with timestamp, and url or blog_id."
        )
    return forms.most_common(1)[0][0]


def form_of(line: str) -> Format | None:
    """Return the format that a line is in, by its own content.

    >>> form_of('8.8.8.8 - - [10/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 12')
    <Format.COMMON: 'common'>
    """
    if line.startswith(extended_logs.FIELDS):
        return Format.CLOUDFRONT if "x-edge-location" in line else Format.W3C
    if line.lstrip().startswith("{"):
        return _json_form(line)
    if seen := access_logs.shape(line):
        return _log_form(seen)
    return Format.ALB if load_balancer_logs.is_line(line) else None


def _json_form(line: str) -> Format | None:
    found = json_logs.fields(line)
    if found is None:
        return None
    for form, server in ((Format.CADDY, json_logs.CADDY), (Format.TRAEFIK, json_logs.TRAEFIK)):
        if server.is_request(found):
            return form
    if json_logs.is_nginx(found):
        return Format.NGINX_JSON
    return Format.JSONL if "timestamp" in found and not found.keys().isdisjoint(("url", "blog_id")) else None


def _log_form(seen: LineShape) -> Format:
    if seen.host is not HostPlace.NONE:
        return Format.VHOST
    if seen.is_traefik:
        return Format.TRAEFIK
    return Format.COMBINED if seen.has_agents else Format.COMMON


def _format(form: Format, options: ReadOptions, *, sample: Sequence[str], shapes: Sequence[LineShape]) -> FileFormat:
    match form:
        case Format.CSV:
            return _csv(sample[0], options.rules.host)
        case Format.JSONL:
            return FileFormat(form, partial(tables.json_row, host=options.rules.host), [])
        case Format.W3C | Format.CLOUDFRONT:
            return _extended(form, options, sample=sample)
        case Format.ALB:
            return FileFormat(form, load_balancer_logs.load_balancer_reader(page_finder(options.rules)), [])
        case Format.NGINX_JSON | Format.CADDY:
            return _json(form, options, sample=sample)
        case Format.TRAEFIK if not shapes:
            return _json(form, options, sample=sample)
    layout = _layout(form, shapes, options.client_field)
    notes = [] if layout.has_agents and layout.logs_agents else [NO_AGENTS]
    return FileFormat(form, access_logs.log_reader(layout, page_finder(options.rules)), notes)


def _csv(header: str, host: str) -> FileFormat:
    try:
        read = tables.csv_reader(header, host)
    except (tables.NoTable, Skip) as error:
        raise WrongFormat(f"line 1: {tables.NoTable.__doc__} It is {header[:100]!r}.") from error
    ignored = ", ".join(map(repr, tables.ignored_columns(header)))
    return FileFormat(Format.CSV, read, [f"Columns that are not read: {ignored}."] if ignored else [])


def _extended(form: Format, options: ReadOptions, *, sample: Sequence[str]) -> FileFormat:
    pages = page_finder(options.rules)
    directives = [line for line in sample if line.startswith("#")]
    columns = ExtendedReader(directives, pages).columns
    if not columns:
        raise WrongFormat(f"line 1: no line #Fields: names the columns. It is {sample[0][:100]!r}.")
    absent = {"cs(user-agent)": NO_AGENTS, "c-ip": NO_CLIENTS}
    notes = [note for name, note in absent.items() if name not in columns]
    return FileFormat(form, ExtendedReader([], pages, client_field=options.client_field), notes)


def _json(form: Format, options: ReadOptions, *, sample: Sequence[str]) -> FileFormat:
    pages = page_finder(options.rules)
    server: JsonServer = JSON_SERVERS[form]
    logged = [found for found in map(json_logs.fields, sample) if found and server.is_request(found)]
    requests = [server.request(found) for found in logged]
    logs_agents = any(request.agent and request.agent != "-" for request in requests)
    if options.client_field and not any(json_logs.header(found, options.client_field) for found in logged):
        raise NoClientField(f"--client-field {options.client_field}: no line has such a field or header.")
    reader = JsonReader(server, pages, logs_agents=logs_agents, client_field=options.client_field)
    absent = {NO_AGENTS: logs_agents, NO_CLIENTS: any(parse_client(request.client) for request in requests)}
    return FileFormat(form, reader, [note for note, is_logged in absent.items() if not is_logged])


def _layout(form: Format, shapes: Sequence[LineShape], client_field: str) -> Layout:
    """Return the layout of a log in the family of the common format."""
    hosts = Counter(seen.host for seen in shapes if seen.host is not HostPlace.NONE).most_common(1)
    host = (hosts[0][0] if hosts else HostPlace.FIRST) if form is Format.VHOST else HostPlace.NONE
    with_agents = sum(seen.has_agents for seen in shapes)
    return Layout(
        host,
        has_agents=with_agents * 2 >= len(shapes) if form is Format.VHOST else form is not Format.COMMON,
        logs_agents=any(seen.agent not in ("", "-") for seen in shapes),
        client_field=access_logs.client_field(client_field, shapes) if client_field else None,
    )


def _require_clients(form: Format, shapes: Sequence[LineShape], *, is_given: bool) -> None:
    """Raise WrongFormat when what stands at the client's place in a log is no client.

    Servers may log clients by name (HostnameLookups): then the names differ, and one that asks for the format insists.
    """
    sites = [seen for seen in shapes if seen.host is not HostPlace.NONE]
    if is_given and len(sites) * 2 > len(shapes) and sites[0].host is HostPlace.FIRST:
        raise WrongFormat("line 1: the site stands before the client. Use --format vhost, or none.")
    clients = [seen.client for seen in shapes if form is not Format.VHOST or seen.host is not HostPlace.NONE]
    names = {client for client in clients if parse_client(client) is None}
    if is_given or not clients or any(map(parse_client, clients)) or sum("." in name for name in names) > 1:
        return
    raise WrongFormat(
        f"line 1: {clients[0][:100]!r} stands where the client's address should, on each of the first {len(clients)} "
        "lines. If it is the site, let the server log the client as well (Apache: vhost_combined); if clients are "
        "logged by name, insist with --format combined."
    )


def _require_format(form: Format, read: Reader, sample: Sequence[str]) -> None:
    """Raise WrongFormat when no line of the sample is in the format."""
    first = 1 if form is Format.CSV else 0
    rows = [(at, line) for at, line in enumerate(sample, 1) if at > first and not line.startswith("#")]
    # Every line is read: a reader of directives must see all that come before a row.
    fitting = [line for line in sample[first:] if _is_in_format(read, line)]
    if rows and not fitting:
        at, line = rows[0]
        raise WrongFormat(
            f"line {at} is not in the {form} format, nor is any of the first {len(sample)}: {line[:100]!r}"
        )


def _is_in_format(read: Reader, line: str) -> bool:
    try:
        return read(line) is not None
    except Skip as skip:
        return skip.reason is not Reason.MALFORMED
