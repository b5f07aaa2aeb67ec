"""Register the roll-ups that the settings declare."""

from collections.abc import Sequence
from datetime import datetime

from analytics import conf
from analytics.datasets import VIEWS, Dataset
from analytics.warehouse.store import purged_summaries, roll_ups, summaries
from analytics.warehouse.store.locks import roll_up_lock
from tally.roll_ups import UTC, Declared, RollUp, RollUpNumbers
from tally.span import CALENDAR_END, CALENDAR_START
from tally.zones import Zone


def declared(dataset: Dataset) -> list[Declared]:
    """Return the roll-ups that a dataset should have, in the order in which they are numbered: the total by days of
    UTC, and for each zone the total and what the settings name. The first zone always has the main dimension, which the
    published endpoints ask for."""
    main = (dataset.main_dimension,)
    named = conf.roll_ups() if dataset is VIEWS else [main]
    zones = conf.time_zones()
    wanted = [Declared((), UTC), Declared((), conf.first_zone()), published(dataset)]
    wanted += [Declared(dimensions, zone) for zone in zones for dimensions in [(), *named]]
    return list(dict.fromkeys(wanted))


def published(dataset: Dataset) -> Declared:
    """Return the roll-up by the main dimension in the first zone."""
    return Declared((dataset.main_dimension,), conf.first_zone())


def published_numbers(dataset: Dataset, kept: Sequence[RollUp]) -> RollUpNumbers:
    """Return where the published endpoints read, among all roll-ups."""
    by_group = published(dataset)
    numbers = {each.declared: each.number for each in kept}
    return RollUpNumbers(numbers[Declared((), by_group.zone)], numbers[by_group])


def register(dataset: Dataset, now: datetime) -> list[RollUp]:
    """Register what is declared, and return all roll-ups. Call this inside `roll_up_lock`.

    Where nothing was ever rolled up, new roll-ups are complete. Otherwise they are to be filled.
    """
    kept, wanted = roll_ups.registered(dataset), declared(dataset)
    known = {each.declared for each in kept}
    missing = [each for each in wanted if each not in known]
    if missing:
        start = CALENDAR_START if _nothing_counted(dataset) else CALENDAR_END
        for each in missing:
            roll_ups.register(dataset, each, start, Zone.named(each.zone).day_of(now))
        kept = roll_ups.registered(dataset)
    if dataset is VIEWS:
        roll_ups.publish(dataset, next(each for each in kept if each.declared == published(dataset)))
    return kept


def drop_undeclared(dataset: Dataset) -> list[RollUp]:
    """Drop the roll-ups that are no longer declared. Return those that stay, because they count purged facts, which
    could not be counted again. Raise AlreadyRunning while a roll-up runs."""
    with roll_up_lock():
        wanted = declared(dataset)
        gone = [each for each in roll_ups.registered(dataset) if each.declared not in wanted]
        staying = [each for each in gone if purged_summaries.days(dataset, each.number)]
        if dropped := [each.number for each in gone if each not in staying]:
            roll_ups.forget(dataset, dropped)
        return staying


def drop(dataset: Dataset, unwanted: Declared) -> bool:
    """Drop a roll-up, with what it counts of purged facts; return whether there was one. The settings must not declare
    it any longer, or the next run would make it again. Raise AlreadyRunning while a roll-up runs."""
    with roll_up_lock():
        found = [each.number for each in roll_ups.registered(dataset) if each.declared == unwanted]
        if found:
            roll_ups.forget(dataset, found)
        return bool(found)


def _nothing_counted(dataset: Dataset) -> bool:
    return summaries.span(dataset) is None and not purged_summaries.days(dataset)
