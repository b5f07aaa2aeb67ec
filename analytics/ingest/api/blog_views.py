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

from analytics import conf
from analytics.access.api.api_keys import Caller, require_collect_key
from analytics.http.fast_view import FastView, answer, body, now
from analytics.ingest.api import docs
from analytics.ingest.api.client import Client, client
from analytics.ingest.flow import write
from analytics.ingest.flow.find_blog_hosts import hosts
from analytics.sources.messages.blog_views import read
from analytics.sources.messages.deliveries import Delivery, NewBlogView
from analytics.sources.messages.events import InvalidMessage
from analytics.sources.messages.field_checks import Problems

MOST = 1000
STORED, DUPLICATE, HELD, BOT, ERROR = "stored", "duplicate", "held", "bot", "error"


class BlogViewList(FastView):
    @swagger_auto_schema(**docs.VIEWS)
    def post(self, request: HttpRequest) -> HttpResponse:
        caller, who, sent = require_collect_key(request), client(request), body(request)
        several = sent if isinstance(sent, list) else [sent]
        if len(several) > MOST:
            raise ValidationError({"non_field_errors": [f"{len(several)} views; {MOST} at once are the most."]})
        taken = _taken(several, caller, who)
        return answer(taken.of_many()) if isinstance(sent, list) else taken.of_one()


@dataclass
class _Taken:
    """The result of each view that was sent, in order, and the problems of the invalid ones, by their index."""

    results: list[str]
    errors: dict[int, Problems] = field(default_factory=dict)

    def refuse(self, place: int, problems: Problems) -> None:
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
            return answer(self.errors[0], 400)
        return answer({"result": self.results[0]}, 201 if self.results[0] == STORED else 200)


def _taken(several: Sequence[Any], caller: Caller, who: Client) -> _Taken:
    taken, moment = _Taken([BOT] * len(several)), now()
    views = _read(several, taken, caller, who, moment)
    homes = _homes(views, taken, caller)
    told = Delivery(uuid.uuid4().bytes, caller.application, moment)
    if who.is_bot:
        write.receive(replace(told, bots=dict(Counter(homes.values()))))
    elif homes:
        outcome = write.receive(replace(told, views=[views[place] for place in homes]))
        for number, place in enumerate(homes):
            taken.results[place] = HELD if outcome.held else STORED if outcome.views[number] else DUPLICATE
    return taken


def _read(several: Sequence[Any], taken: _Taken, caller: Caller, who: Client, moment: int) -> dict[int, NewBlogView]:
    views, country, address = {}, who.country, who.kept_address
    for place, given in enumerate(several):
        try:
            views[place] = read(given, caller.application, moment, country, address)
        except InvalidMessage as error:
            taken.refuse(place, error.problems)
    return views


def _homes(views: dict[int, NewBlogView], taken: _Taken, caller: Caller) -> dict[int, str]:
    """Return the host of each view's blog, by the view's index; refuse views of an unknown blog or of a site that the
    caller's key does not cover."""
    homes = {}
    for (place, view), host in zip(views.items(), _hosts(list(views.values()), caller), strict=True):
        told_by = "url" if view.url else "blog_id"
        if host is None:
            taken.refuse(place, {told_by: ["There is no such blog."]})
        elif not caller.may_touch(host):
            taken.refuse(place, {told_by: ["This key is not for the site of this blog."]})
        else:
            homes[place] = host
    return homes


def _hosts(views: list[NewBlogView], caller: Caller) -> list[str | None]:
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
