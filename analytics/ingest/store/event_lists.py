"""List events and error records. Totals come from the counts that triggers keep, where there are such counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet, Sum

from analytics import database
from analytics.database import ListSlice
from analytics.models import ErrorRecord, Event, Kind, KindCount, Session, SessionCount

ROWS_PER_QUERY = 1000

Row = TypeVar("Row", Event, ErrorRecord)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on events, all of which must hold; None is no condition. Both ends of the time range are included."""

    session_id: str | None = None
    category: str | None = None
    name: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def names_a_kind(self) -> bool:
        return self.category is not None or self.name is not None


def events(filters: EventFilter, *, oldest_first: bool, start: int, size: int) -> ListSlice:
    """Return a page of events, newest first or oldest first; events of the same time are in the order of arrival."""
    matching = _events(filters)
    count = _kept_count(filters)
    order = ("timestamp", "id") if oldest_first else ("-timestamp", "id")
    return ListSlice(
        matching.count() if count is None else count, list(matching.order_by(*order)[start : start + size])
    )


def event(id: int) -> Event | None:
    return Event.objects.select_related("session", "kind").filter(pk=id).first()


def errors(filters: EventFilter, *, oldest_first: bool, start: int, size: int) -> ListSlice:
    named = {"session_id": filters.session_id, "category": filters.category, "name": filters.name}
    matching = _in_time(ErrorRecord.objects.all(), filters)
    matching = matching.filter(**{field: value for field, value in named.items() if value is not None})
    order = ("timestamp", "id") if oldest_first else ("-timestamp", "id")
    return ListSlice(matching.count(), list(matching.order_by(*order)[start : start + size]))


def in_order_of_arrival(filters: EventFilter, *, after: int, limit: int | None) -> Iterator[Event]:
    """Yield the events with an id above `after`, at most `limit`, in the order of arrival.

    Read them from the database a thousand at a time, so that memory is bounded whatever their number.
    """
    matching = _events(filters).order_by("id")
    while limit is None or limit > 0:
        batch = list(matching.filter(id__gt=after)[: ROWS_PER_QUERY if limit is None else min(limit, ROWS_PER_QUERY)])
        yield from batch
        if len(batch) < ROWS_PER_QUERY:
            return
        after, limit = batch[-1].pk, None if limit is None else limit - len(batch)


def _events(filters: EventFilter) -> QuerySet[Event]:
    """Return the events that match, filtered by the ids of session and kinds, which are the columns of the indexes."""
    matching = _in_time(Event.objects.select_related("session", "kind"), filters)
    if filters.session_id is not None:
        matching = matching.filter(
            session_id__in=list(Session.objects.filter(name=filters.session_id).values_list("pk", flat=True))
        )
    if filters.names_a_kind:
        matching = matching.filter(kind_id__in=list(_kinds(filters).values_list("pk", flat=True)))
    return matching


def _in_time(matching: QuerySet[Row], filters: EventFilter) -> QuerySet[Row]:
    if filters.since:
        matching = matching.filter(timestamp__gte=filters.since)
    return matching.filter(timestamp__lte=filters.until) if filters.until else matching


def _kinds(filters: EventFilter) -> QuerySet[Kind]:
    named = {"category": filters.category, "name": filters.name}
    return Kind.objects.filter(**{field: value for field, value in named.items() if value is not None})


def _kept_count(filters: EventFilter) -> int | None:
    """Return the number of events that match, if triggers keep that count; else None."""
    if filters.since or filters.until or (filters.session_id is not None and filters.names_a_kind):
        return None
    count_rows: QuerySet[SessionCount] | QuerySet[KindCount]
    if filters.session_id is not None:
        count_rows = SessionCount.objects.filter(name=filters.session_id, session__name=filters.session_id)
    else:
        count_rows = (
            KindCount.objects.filter(kind__in=_kinds(filters)) if filters.names_a_kind else KindCount.objects.all()
        )
    return count_rows.aggregate(total=Sum("events"))["total"] or 0


SESSION_COUNTS = """SELECT name, events FROM analytics_sessioncount WHERE events > 0
                    ORDER BY events DESC, name LIMIT %s"""
KIND_COUNTS = """SELECT {column}, sum(events) FROM analytics_kind AS kind
                 JOIN analytics_kindcount AS counts ON counts.kind_id = kind.id
                 GROUP BY {column} HAVING sum(events) > 0 ORDER BY 2 DESC, {column} {collation} LIMIT %s"""


def counts(by: str, limit: int) -> dict[str, int]:
    """Return the number of events of each session, category or name that has any: largest first, then by key.

    `by` is "session", "category" or "name"; `limit` is the largest number of entries.
    """
    collation = 'COLLATE "C"' if database.on_postgres() else ""
    sql = SESSION_COUNTS if by == "session" else KIND_COUNTS.format(column=by, collation=collation)
    return {name: int(events) for name, events in database.rows(sql, [limit])}
