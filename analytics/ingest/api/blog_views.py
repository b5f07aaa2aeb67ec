"""Accept blog views over HTTP: one, or a list of up to 1000."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from msgspec.structs import replace
from rest_framework.exceptions import ValidationError

from analytics import clock, conf
from analytics.access.api.api_keys import Caller, require_collect_key
from analytics.http.fast_view import FastView, json_response, parse_body
from analytics.http.operations import documented
from analytics.ingest.api import docs
from analytics.ingest.api.client import Client, client_of
from analytics.ingest.flow import write
from analytics.ingest.flow.find_blog_hosts import blog_hosts
from analytics.ingest.flow.identify_visitor import viewer_number
from analytics.sources.contexts import ContextClues, view_context
from analytics.sources.messages.blog_views import SentView, ViewSender, read
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView
from analytics.sources.messages.events import InvalidMessage
from analytics.sources.messages.field_checks import Problems
from analytics.sources.messages.timestamps import as_datetime

MAX_REQUEST_VIEWS = 1000
STORED, DUPLICATE, HELD, BOT, ERROR = "stored", "duplicate", "held", "bot", "error"


class BlogViewList(FastView):
    @documented(authenticate=require_collect_key, **docs.VIEWS)
    def post(self, request: HttpRequest) -> HttpResponse:
        caller, client, sent = require_collect_key(request), client_of(request), parse_body(request)
        sent_views = sent if isinstance(sent, list) else [sent]
        if len(sent_views) > MAX_REQUEST_VIEWS:
            raise ValidationError(
                {"non_field_errors": [f"{len(sent_views)} views; {MAX_REQUEST_VIEWS} at once are the most."]}
            )
        results = _store_views(sent_views, caller, client)
        return json_response(results.list_answer()) if isinstance(sent, list) else results.single_response()


@dataclass
class _Results:
    """The result of each view that was sent, in order, and the problems of the invalid ones, by their index."""

    results: list[str]
    errors: dict[int, Problems] = field(default_factory=dict)

    def reject(self, index: int, problems: Problems) -> None:
        self.results[index], self.errors[index] = ERROR, problems

    def list_answer(self) -> dict[str, Any]:
        counted = Counter(self.results)
        return {
            "size": len(self.results),
            "stored": counted[STORED] + counted[HELD],
            "duplicates": counted[DUPLICATE],
            "bots": counted[BOT],
            "errors": [{"index": index, **problems} for index, problems in sorted(self.errors.items())],
            "results": self.results,
        }

    def single_response(self) -> HttpResponse:
        if self.errors:
            return json_response(self.errors[0], 400)
        return json_response({"result": self.results[0]}, 201 if self.results[0] == STORED else 200)


def _store_views(sent_views: Sequence[Any], caller: Caller, client: Client) -> _Results:
    results, now = _Results([BOT] * len(sent_views)), clock.now_microseconds()
    sent = _read_views(sent_views, results, _sender(caller, client, now))
    hosts_by_index = _hosts_by_index({index: each.view for index, each in sent.items()}, results, caller)
    delivery = Delivery(uuid.uuid4().bytes, caller.application, now)
    if client.is_bot:
        write.receive(replace(delivery, bots=dict(Counter(hosts_by_index.values()))))
    elif hosts_by_index:
        views = [_with_context(sent[index], host) for index, host in hosts_by_index.items()]
        outcome = write.receive(replace(delivery, views=views))
        for number, index in enumerate(hosts_by_index):
            if outcome.held:
                results.results[index] = HELD
            elif outcome.views[number] is None:
                results.reject(index, {"url": ["There is no such blog, and its site has enough new ones today."]})
            else:
                results.results[index] = STORED if outcome.views[number] else DUPLICATE
    return results


def _sender(caller: Caller, client: Client, now: int) -> ViewSender:
    """Return what the request says of its views. A visitor is recognised by address and user agent only where these are
    the reader's own, and only without an objection to tracking."""
    clues, address = client.clues, str(client.address or "")
    is_visitor = client.is_reader and not client.refuses_tracking and not client.is_bot
    visitor = viewer_number(address, client.agent, as_datetime(now)) if is_visitor else 0
    return ViewSender(caller.application, now, client.country, client.kept_address, clues, view_context(clues), visitor)


def _read_views(sent_views: Sequence[Any], results: _Results, sender: ViewSender) -> dict[int, SentView]:
    views = {}
    for index, given in enumerate(sent_views):
        try:
            views[index] = read(given, sender)
        except InvalidMessage as error:
            results.reject(index, error.problems)
    return views


def _with_context(sent: SentView, host: str) -> QueuedBlogView:
    """Return the view with its context, now that the host of its blog is known: a referrer of the same site is none."""
    if sent.clues is None:
        return sent.view
    referrer, agent, language, campaign, _ = sent.clues
    return replace(sent.view, context=view_context(ContextClues(referrer, agent, language, campaign, host)))


def _hosts_by_index(views: dict[int, QueuedBlogView], results: _Results, caller: Caller) -> dict[int, str]:
    """Return the host of each view's blog, by the view's index; refuse views of an unknown blog or of a site that the
    caller's key does not cover."""
    hosts_by_index = {}
    for (index, view), host in zip(views.items(), _hosts(list(views.values()), caller), strict=True):
        field_name = "url" if view.url else "blog_id"
        if host is None:
            results.reject(index, {field_name: ["There is no such blog."]})
        elif not caller.covers_host(host):
            results.reject(index, {field_name: ["This key is not for the site of this blog."]})
        else:
            hosts_by_index[index] = host
    return hosts_by_index


def _hosts(views: list[QueuedBlogView], caller: Caller) -> list[str | None]:
    """Return the host of each view's blog, None for an unknown blog.

    While the database does not answer and there is an inbox, take the host from the view's URL without a check that the
    blog exists; draining the inbox finds the views of unknown blogs. Raise the database's error when there is no inbox,
    or when the key is bound to sites and a view names its blog by id.
    """
    try:
        return blog_hosts(views)
    except (DatabaseError, InterfaceError):
        if conf.inbox() is None or (caller.is_bound and any(view.blog for view in views)):
            raise
        return [view.url.partition("/")[0] for view in views]
