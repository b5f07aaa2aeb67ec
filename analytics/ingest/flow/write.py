"""Store the deliveries that collectors receive: in the database, or in the inbox, which `drain` empties."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import NamedTuple

import msgspec
from django.db import DatabaseError

from analytics import conf, database, metrics
from analytics.database import StaleIds
from analytics.datasets import VIEWS
from analytics.group_commit import GroupCommit
from analytics.http.try_again_later import TryAgainLater
from analytics.ingest.store import (
    blog_views,
    bot_hits,
    dead_letters,
    error_records,
    events,
    inbox,
    session_and_kind_ids,
    stored_deliveries,
    tombstones,
)
from analytics.ingest.store.blog_views import BlogViewRow
from analytics.ingest.store.events import EventRow, InsertResult, StoredEvent
from analytics.ingest.store.inbox import Put
from analytics.live.store import pages, site_owners, visitor_salts, visits
from analytics.models import Blog
from analytics.models.blog import MAX_TITLE
from analytics.sources.lookups import geoip
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, QueuedEvent, packed
from analytics.sources.messages.events import digest
from analytics.sources.messages.page_visits import PageVisit, stored_visitor, titles_by_page
from analytics.sources.messages.timestamps import as_datetime
from analytics.sources.messages.traces import traces_in, without
from analytics.warehouse.store import bulk_blog_views, contexts, dimensions, facts, unfinished_writes
from analytics.warehouse.store.bulk_blog_views import BlogViewColumns
from analytics.warehouse.store.contexts import ContextId, DayLimit
from analytics.warehouse.store.facts import NewViews
from tally.counts import Ints, int_array

MAX_TRIES = 5
MIN_COPY_VIEWS = 50
"""The number of views from which COPY is worth the query that checks their contexts."""
MAX_SIZE_TOGETHER = 10
"""The most facts in a delivery that is committed together with others. A larger one gains little."""
MAX_DELIVERIES_TOGETHER = 32
MIN_INDEX_PLAN_FACTS = 50
"""The number of facts in a transaction from which setting the planner to prefer indexes is worth an extra query."""


class InboxFull(TryAgainLater):
    """The inbox is full. Try again shortly."""


class BeingErased(TryAgainLater):
    """Data of this request are being erased in this moment. Try again shortly."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a delivery.

    `events` holds the id and the result of each event, `views` whether each view is new, or None if its blog does not
    exist, and `visits` the number of each visit that is not a heartbeat. `held` is true for a delivery that waits in
    the inbox: its lists are empty, because its results are not known yet.
    """

    held: bool = False
    events: list[StoredEvent] = field(default_factory=list)
    views: list[bool | None] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)


class IdentifiedView(NamedTuple):
    """A view with what identifies it without a `view_id`: it is the same whenever its delivery is stored again."""

    view: QueuedBlogView
    source: tuple[str | bytes, ...]

    @property
    def key(self) -> bytes:
        return self.view.key or digest(*self.source)


def receive(delivery: Delivery) -> Outcome:
    """Accept a delivery: on return it is committed to the database or held in the inbox. Raise InboxFull
    and BeingErased.

    When Redis fails, the inbox may or may not hold the delivery: so it is stored in the database and noted as stored.
    """
    limits = conf.inbox()
    if limits is None:
        return store(delivery)
    put = inbox.put(packed(delivery), limits)
    if put is Put.FULL:
        metrics.count("inbox.refused", 1)
        raise InboxFull(InboxFull.__doc__)
    metrics.count(f"inbox.{put.name.lower()}", 1)
    return Outcome(held=True) if put is Put.HELD else persist([delivery], once=True, allowed=refuse_erased)[0]


def store(delivery: Delivery) -> Outcome:
    """Commit a delivery that is not in the inbox, small ones of several threads together. Raise BeingErased."""
    if delivery.size > MAX_SIZE_TOGETHER or database.in_transaction():
        return _store_all([delivery])[0]
    return _together.run(delivery)


def _store_all(deliveries: Sequence[Delivery]) -> list[Outcome]:
    return persist(deliveries, once=False, allowed=refuse_erased)


_together = GroupCommit(_store_all, MAX_DELIVERIES_TOGETHER)


def drop_erased(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return the deliveries without what was erased after they were received. Call this first in a transaction.

    Only for deliveries that an erasure reaches are the traces computed: half a millisecond for a list of 500 events,
    and what was just received is younger than all erasures.
    """
    last = tombstones.last()
    if not any(last.covers(each.received, each.arrived) for each in deliveries):
        return list(deliveries)
    erasures = tombstones.find(set().union(*map(traces_in, deliveries)))
    return [
        without(each, {trace for trace, of in erasures.items() if of.covers(each.received, each.arrived)})
        for each in deliveries
    ]


def refuse_erased(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return the deliveries; raise BeingErased if something in them was erased after they were received."""
    if drop_erased(deliveries) != list(deliveries):
        raise BeingErased(BeingErased.__doc__)
    return list(deliveries)


def persist(
    deliveries: Sequence[Delivery],
    *,
    once: bool,
    allowed: Callable[[Sequence[Delivery]], list[Delivery]] = drop_erased,
) -> list[Outcome]:
    """Commit deliveries in one transaction, as far as they are allowed, and return the outcome of each, in order.

    With `once`, skip the deliveries that were committed before: their outcome is empty. After a retryable database
    error try again, `MAX_TRIES` times in all, then raise it.
    """
    write = begin(deliveries)
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with database.committing():
                kept = allowed(deliveries)
                if sum(each.size for each in kept) >= MIN_INDEX_PLAN_FACTS:
                    database.prefer_index_plans()
                outcomes = _write(_note_new(kept) if once else kept)
                if once:
                    _set_aside(kept, outcomes)
                if write:
                    unfinished_writes.end(VIEWS, write)
            break
        except (DatabaseError, StaleIds) as error:
            if not tries_left or not (isinstance(error, StaleIds) or database.is_retryable(error)):
                raise
            session_and_kind_ids.clear_cache()
            contexts.clear_cache()
    _count_results(outcomes.values())
    return [outcomes.get(delivery.id, Outcome()) for delivery in deliveries]


def begin(deliveries: Sequence[Delivery]) -> str | None:
    """Note the days of all views in the deliveries if they are going to a cluster, and return the name of the write.
    Call this before you open a transaction in which you call `persist`: if it is lost, the days become stale."""
    if not facts.has_cluster():
        return None
    times = [view.at for each in deliveries for view in each.views]
    times += [event.view.at for each in deliveries for event in each.events if event.view]
    times += [visit.at for each in deliveries for visit in each.visits if _is_page_view(visit)]
    name = digest("write", *(each.id for each in deliveries)).hex()
    return unfinished_writes.begin(VIEWS, {as_datetime(at).date() for at in times}, name) if times else None


def _is_page_view(visit: PageVisit) -> bool:
    return not visit.is_beat and bool(visit.url)


def _note_new(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return the deliveries that are not stored yet, each once, and note them as stored."""
    one_each = {delivery.id: delivery for delivery in deliveries}
    received = max(delivery.received for delivery in deliveries)
    new = stored_deliveries.note(one_each.keys(), as_datetime(received))
    return [delivery for id, delivery in one_each.items() if id in new]


def _write(deliveries: Sequence[Delivery]) -> dict[bytes, Outcome]:
    outcomes = {each.id: Outcome() for each in deliveries}
    new_events = _write_events(deliveries, outcomes)
    page_views = _write_visits(deliveries, [event.visit for event in new_events if event.visit], outcomes)
    page_views += [IdentifiedView(event.view, (b"event", event.content)) for event in new_events if event.view]
    today = as_datetime(max((each.received for each in deliveries), default=0)).date()
    _write_views(deliveries, page_views, outcomes, today)
    error_records.add(
        [(each.application, as_datetime(each.received), event) for each in deliveries for event in each.rejected]
    )
    bot_hits.add(_bot_hits(deliveries))
    return outcomes


def _write_events(deliveries: Sequence[Delivery], outcomes: dict[bytes, Outcome]) -> list[QueuedEvent]:
    """Store the events of all deliveries, add their results to the outcomes, and return the events that were new."""
    sent = [event for each in deliveries for event in each.events]
    if not sent:
        return []
    sessions = session_and_kind_ids.get_or_create_sessions({event.session for event in sent})
    kinds = session_and_kind_ids.get_or_create_kinds({(event.category, event.name) for event in sent})
    stored = events.add(
        [
            EventRow(sessions[event.session], kinds[event.category, event.name], each.application, event)
            for each in deliveries
            for event in each.events
        ]
    )
    results = iter(stored)
    for each in deliveries:
        outcomes[each.id].events.extend(islice(results, len(each.events)))
    return [event for event, row in zip(sent, stored, strict=True) if row.result is InsertResult.NEW]


def _write_views(
    deliveries: Sequence[Delivery], page_views: Sequence[IdentifiedView], outcomes: dict[bytes, Outcome], today: date
) -> None:
    """Store the views that were sent and those of viewed pages, and add the results of the former to the outcomes."""
    sent = [
        IdentifiedView(view, (b"view", each.id, str(n))) for each in deliveries for n, view in enumerate(each.views)
    ]
    views = [*sent, *page_views]
    rows = _blog_view_rows([each.view for each in views], today)
    if facts.has_cluster():
        found = [(row, each) for row, each in zip(rows, views, strict=True) if row]
        are_new = iter(_add_to_cluster([row for row, _ in found], [each.key for _, each in found]))
    else:
        are_new = iter(_add_rows([row for row in rows if row]))
    results = iter([next(are_new) if row else None for row in rows])
    for each in deliveries:
        outcomes[each.id].views.extend(islice(results, len(each.views)))


def _add_rows(rows: Sequence[BlogViewRow]) -> list[bool]:
    """Store views and return for each, in order, whether it was new. Views without a key always are; for many of them,
    COPY takes half the time of INSERT."""
    if len(rows) < MIN_COPY_VIEWS or not database.on_postgres() or any(row.view_key for row in rows):
        return blog_views.add(rows)
    contexts.require_current({ContextId(*row.context) for row in rows if row.context})
    bulk_blog_views.add(BlogViewColumns(*_columns_of(rows)))
    return [True] * len(rows)


def _columns_of(rows: Sequence[BlogViewRow]) -> tuple[Ints, Ints, Ints, Ints, Sequence[bytes], Ints, Ints]:
    """Return blogs, countries, viewers, times, addresses, contexts and visitors, with 0 for what is unknown."""
    blogs, countries, viewers, addresses, times, _, context_ids, visitors = zip(*rows, strict=True)
    return (
        int_array(blogs),
        _or_zeros(countries),
        _or_zeros(viewers),
        int_array(times),
        addresses,
        int_array([context[0] if context else 0 for context in context_ids]),
        _or_zeros(visitors),
    )


def _add_to_cluster(rows: Sequence[BlogViewRow], keys: Sequence[bytes]) -> list[bool]:
    """Write views to the cluster, and return for each, in order, whether it is not stored yet. The database may hold
    some from before there was a cluster."""
    if not rows:
        return []
    contexts.require_current({ContextId(*row.context) for row in rows if row.context})
    are_new = _are_new(rows, keys)
    pairs = [(row, key) for row, key, is_new in zip(rows, keys, are_new, strict=True) if is_new]
    if pairs:
        new, new_keys = zip(*pairs, strict=True)
        facts.add_to_cluster(NewViews(*_columns_of(new), new_keys))
    return are_new


def _are_new(rows: Sequence[BlogViewRow], keys: Sequence[bytes]) -> list[bool]:
    """Return for each view whether its `view_id` is new: neither stored nor that of a view before it. Views without one
    always are."""
    named = [(row, key) for row, key in zip(rows, keys, strict=True) if row.view_key]
    if not named:
        return [True] * len(rows)
    stored = blog_views.existing_keys({row.view_key for row, _ in named if row.view_key})
    there = facts.existing_in_cluster(
        int_array([row.blog for row, _ in named]), int_array([row.at for row, _ in named]), [key for _, key in named]
    )
    seen, found = set[str](), []
    for row, key in zip(rows, keys, strict=True):
        found.append(
            not row.view_key or not (row.view_key in stored or row.view_key in seen or (row.blog, key) in there)
        )
        seen.update([row.view_key] if row.view_key else [])
    return found


def _or_zeros(ids: Iterable[int | None]) -> Ints:
    return int_array([id or 0 for id in ids])


def _write_visits(
    deliveries: Sequence[Delivery], of_events: Sequence[PageVisit], outcomes: dict[bytes, Outcome]
) -> list[IdentifiedView]:
    """Store the visits that were sent and the visits derived from events.

    Return a blog view for each sent visit that has a URL and is not a heartbeat: its page may be a blog.
    """
    sent = [visit for each in deliveries for visit in each.visits]
    every = [*sent, *of_events]
    if not every:
        return []
    found = pages.get_or_create_pages(titles_by_page(every), as_datetime(max(each.received for each in deliveries)))
    numbers = iter(visits.add(every, found))
    for each in deliveries:
        outcomes[each.id].visits.extend(next(numbers) for visit in each.visits if not visit.is_beat)
    return [
        IdentifiedView(_view_of(visit), (b"visit", each.id, str(n)))
        for each in deliveries
        for n, visit in enumerate(each.visits)
        if _is_page_view(visit)
    ]


def _view_of(visit: PageVisit) -> QueuedBlogView:
    return QueuedBlogView(
        visit.at,
        url=visit.url,
        country=visit.country,
        address=visit.address,
        title=visit.subject,
        context=visit.context,
        visitor=visit.visitor,
    )


def _blog_view_rows(views: Sequence[QueuedBlogView], today: date) -> list[BlogViewRow | None]:
    """Return the row to store for each view, with ids in place of names; None where the blog does not exist."""
    if not views:
        return []
    by_url = dimensions.blogs({view.url for view in views if view.url})
    by_url |= _create_blogs([view for view in views if view.url and view.url not in by_url], today)
    by_id = dimensions.existing_blogs({view.blog for view in views if view.blog})
    blogs = [by_url.get(view.url) if view.url else view.blog if view.blog in by_id else None for view in views]
    found = [view for view, blog in zip(views, blogs, strict=True) if blog]
    countries = dimensions.get_or_create_countries(
        {view.country: geoip.country_name(view.country) for view in found if view.country}
    )
    viewers = dimensions.people({view.viewer for view in found if view.viewer})
    limit = DayLimit(today, conf.new_values_a_day())
    given = {id(view.context): view.context for view in found}
    known = contexts.get_or_create(set(given.values()), limit)
    ids = {place: known.get(context) for place, context in given.items()}
    hashes = _visitor_hashes({view.visitor for view in found})
    return [
        (
            BlogViewRow(
                blog,
                countries.get(view.country),
                viewers.get(view.viewer),
                view.address,
                view.at,
                view.key.hex() if view.key else None,
                ids[id(view.context)],
                hashes[view.visitor],
            )
            if blog
            else None
        )
        for blog, view in zip(blogs, views, strict=True)
    ]


def _visitor_hashes(numbers: Collection[int]) -> Mapping[int, int | None]:
    """Return what views store of the visitors with these numbers, which is nothing if the settings say so."""
    if not conf.visitors() or not any(numbers):
        return dict.fromkeys(numbers)
    secret = visitor_salts.installation_secret()
    return {number: stored_visitor(number, secret) for number in numbers}


def _create_blogs(views: Sequence[QueuedBlogView], today: date) -> dict[str, int]:
    """Let unknown pages of sites with an owner become blogs, up to the limit of the day, and return these by url. Sites
    are locked in order of their hosts, after all pages, so that two transactions do not wait for each other."""
    by_host: dict[str, dict[str, list[QueuedBlogView]]] = {}
    for view in views:
        by_host.setdefault(view.url.partition("/")[0], {}).setdefault(view.url, []).append(view)
    created: list[str] = []
    for host, owner in sorted(site_owners.owners(by_host).items()):
        number = site_owners.take_quota(host, len(by_host[host]), today, conf.blogs_a_day())
        chosen = dict(islice(sorted(by_host[host].items()), number))
        dimensions.add_blogs(
            Blog(title=_title(own), author_id=owner, url=url, created_at=as_datetime(min(view.at for view in own)))
            for url, own in chosen.items()
        )
        created += chosen
    return dimensions.blogs(created)


def _title(views: Sequence[QueuedBlogView]) -> str:
    """Return the last title that a page sent, else its path."""
    _, _, path = views[-1].url.partition("/")
    return next((view.title for view in reversed(views) if view.title), f"/{path}")[:MAX_TITLE]


def _set_aside(deliveries: Sequence[Delivery], outcomes: dict[bytes, Outcome]) -> None:
    """Set aside the views that were acknowledged and whose blog does not exist: dropped, they could not be repaired."""
    for each in deliveries:
        are_new = outcomes[each.id].views if each.id in outcomes else []
        lost = [each.views[n] for n, is_new in enumerate(are_new) if is_new is None]
        if lost:
            id = digest("views without a blog", each.id)  # the id of the delivery itself is noted as stored
            rest = msgspec.structs.replace(each, id=id, events=[], rejected=[], bots={}, visits=[], views=lost)
            reason = "There is no blog of this url or id."
            dead_letters.add(id.hex(), packed(rest), reason, as_datetime(each.received))


def _bot_hits(deliveries: Sequence[Delivery]) -> Counter[tuple[date, str]]:
    hits: Counter[tuple[date, str]] = Counter()
    for each in deliveries:
        for domain, number in each.bots.items():
            hits[as_datetime(each.received).date(), domain] += number
    return hits


def _count_results(outcomes: Iterable[Outcome]) -> None:
    """Send the counts of events by result, of visits and of new views to StatsD."""
    results = [result for outcome in outcomes for _, result in outcome.events]
    for result in InsertResult:
        metrics.count(f"ingest.events_{result.name.lower()}", results.count(result))
    metrics.count("ingest.visits", sum(len(outcome.visits) for outcome in outcomes))
    metrics.count("ingest.views", sum(is_new is True for outcome in outcomes for is_new in outcome.views))


__all__ = ["InsertResult", "InboxFull", "StoredEvent", "Outcome", "persist", "receive", "store"]
