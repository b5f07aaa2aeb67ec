"""Accept blog views over HTTP: one, or a list of up to 1000."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from drf_yasg.utils import swagger_auto_schema
from msgspec.structs import replace
from rest_framework.exceptions import ValidationError

from analytics import clock, conf
from analytics.access.api.api_keys import Caller, require_collect_key
from analytics.http.fast_view import FastView, json_response, parse_body
from analytics.ingest.api import docs
from analytics.ingest.api.client import Client, client
from analytics.ingest.flow import write
from analytics.ingest.flow.find_blog_hosts import hosts
from analytics.sources.messages.blog_views import read
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView
from analytics.sources.messages.events import InvalidMessage
from analytics.sources.messages.field_checks import Problems

MAX_VIEWS = 1000
STORED, DUPLICATE, HELD, BOT, ERROR = "stored", "duplicate", "held", "bot", "error"


class BlogViewList(FastView):
    @swagger_auto_schema(**docs.VIEWS)
    def post(self, request: HttpRequest) -> HttpResponse:
        caller, who, sent = require_collect_key(request), client(request), parse_body(request)
        several = sent if isinstance(sent, list) else [sent]
        if len(several) > MAX_VIEWS:
            raise ValidationError({"non_field_errors": [f"{len(several)} views; {MAX_VIEWS} at once are the most."]})
        results = _store_views(several, caller, who)
        return json_response(results.of_many()) if isinstance(sent, list) else results.of_one()


@dataclass
class _Results:
    """The result of each view that was sent, in order, and the problems of the invalid ones, by their index."""

    results: list[str]
    errors: dict[int, Problems] = field(default_factory=dict)

    def reject(self, place: int, problems: Problems) -> None:
        self.results[place], self.errors[place] = ERROR, problems

    def of_many(self) -> dict[str, Any]:
        counted = Counter(self.results)
        return {
            "size": len(self.results),
            "stored": counted[STORED] + counted[HELD],
            "duplicates": counted[DUPLICATE],
            "bots": counted[BOT],
            "errors": [{"index": place, **problems} for place, problems in sorted(self.errors.items())],
            "results": self.results,
        }

    def of_one(self) -> HttpResponse:
        if self.errors:
            return json_response(self.errors[0], 400)
        return json_response({"result": self.results[0]}, 201 if self.results[0] == STORED else 200)


def _store_views(several: Sequence[Any], caller: Caller, who: Client) -> _Results:
    results, moment = _Results([BOT] * len(several)), clock.now_microseconds()
    views = _read(several, results, caller, who, moment)
    hosts_by_index = _hosts_by_index(views, results, caller)
    delivery = Delivery(uuid.uuid4().bytes, caller.application, moment)
    if who.is_bot:
        write.receive(replace(delivery, bots=dict(Counter(hosts_by_index.values()))))
    elif hosts_by_index:
        outcome = write.receive(replace(delivery, views=[views[place] for place in hosts_by_index]))
        for number, place in enumerate(hosts_by_index):
            results.results[place] = HELD if outcome.held else STORED if outcome.views[number] else DUPLICATE
    return results


def _read(
    several: Sequence[Any], results: _Results, caller: Caller, who: Client, moment: int
) -> dict[int, QueuedBlogView]:
    views, country, address = {}, who.country, who.kept_address
    for place, given in enumerate(several):
        try:
            views[place] = read(given, caller.application, moment, country, address)
        except InvalidMessage as error:
            results.reject(place, error.problems)
    return views


def _hosts_by_index(views: dict[int, QueuedBlogView], results: _Results, caller: Caller) -> dict[int, str]:
    """Return the host of each view's blog, by the view's index; refuse views of an unknown blog or of a site that the
    caller's key does not cover."""
    hosts_by_index = {}
    for (place, view), host in zip(views.items(), _hosts(list(views.values()), caller), strict=True):
        field_name = "url" if view.url else "blog_id"
        if host is None:
            results.reject(place, {field_name: ["There is no such blog."]})
        elif not caller.covers_host(host):
            results.reject(place, {field_name: ["This key is not for the site of this blog."]})
        else:
            hosts_by_index[place] = host
    return hosts_by_index


def _hosts(views: list[QueuedBlogView], caller: Caller) -> list[str | None]:
    """Return the host of each view's blog, None for an unknown blog.

    While the database does not answer and there is an inbox, take the host from the view's URL without a check that the
    blog exists; draining the inbox finds the views of unknown blogs. Raise the database's error when there is no inbox,
    or when the key is bound to sites and a view names its blog by id.
    """
    try:
        return hosts(views)
    except (DatabaseError, InterfaceError):
        if conf.inbox() is None or (caller.is_bound and any(view.blog for view in views)):
            raise
        return [view.url.partition("/")[0] for view in views]
