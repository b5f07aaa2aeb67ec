"""Choose the smallest roll-up that holds everything that a question names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.datasets import KIND, Dataset
from analytics.warehouse.flow import declare_roll_ups
from analytics.warehouse.flow.questions.words import OF_KIND, OF_MEMBER, named_leaves
from analytics.warehouse.store import generations, roll_ups
from tally.plan import Coverage
from tally.question import NotHeld, Question, TimeUnit
from tally.roll_ups import NO_ROLL_UP, Declared, RollUp, RollUpNumbers, smallest
from tally.where import Field
from tally.zones import Zone


@dataclass(frozen=True, slots=True)
class Held:
    """Where a question is read: its roll-up, the total of its zone, and what they cover."""

    zone: Zone
    roll_up: RollUp
    source: RollUpNumbers
    coverage: Coverage
    version: str


def held_by(dataset: Dataset, question: Question, first_day: date) -> Held:
    """Return the smallest roll-up that holds everything that the question names from its first day on, which may be one
    of the compared span. Raise NotHeld if none does."""
    zone, wanted = Zone.named(question.time_zone), _roll_up_dimensions(dataset, question)
    declared, kept = declare_roll_ups.declared(dataset), roll_ups.registered(dataset)
    if zone.name not in {each.zone for each in declared}:
        raise NotHeld(
            f"The summaries do not hold days of {zone.name}.",
            "Add it to IDEEZA_TIME_ZONES and run manage.py precalculate_stats, or ask in one of: "
            f"{', '.join(dict.fromkeys(each.zone for each in declared))}.",
            zone.name,
        )
    named = Declared(tuple(name for name in dataset.dimensions if name in wanted), zone.name)
    if not any(each.zone == zone.name and wanted <= set(each.dimensions) for each in declared):
        raise NotHeld(
            (
                f"No declared roll-up holds {' and '.join(named.dimensions)} together."
                if len(named.dimensions) > 1
                else f"No declared roll-up holds {named.name}."
            ),
            f"Add {named.name} to IDEEZA_ROLLUPS and run manage.py precalculate_stats, which fills it.",
            named.name,
        )
    version, (total, _), coverage, _ = generations.zone_state(dataset, zone.name)
    if not kept:  # nothing was ever rolled up
        return Held(zone, RollUp(NO_ROLL_UP, named), RollUpNumbers(NO_ROLL_UP, NO_ROLL_UP), coverage, version)
    found = smallest(kept, wanted, zone.name)
    complete = [each for each in found if each.complete_from <= first_day]
    if not complete:
        raise _incomplete(named, found)
    source = RollUpNumbers(total, complete[0].number)
    return Held(zone, complete[0], source, coverage, version)


def _incomplete(named: Declared, found: Sequence[RollUp]) -> NotHeld:
    filled = [each for each in found if not each.is_empty]
    if not filled:
        return NotHeld(f"The roll-up {named.name} is declared, but not filled.", "Run manage.py precalculate_stats.")
    start = min(each.complete_from for each in filled)
    remedy = f"Ask from {start} on"
    if any(each.filling for each in filled):
        remedy += ", or run manage.py precalculate_stats until it is filled"
    return NotHeld(f"The roll-up {named.name} holds facts from {start} on.", f"{remedy}.")


def _roll_up_dimensions(dataset: Dataset, question: Question) -> set[str]:
    """Return the dimensions that the roll-up of a question must have."""
    named = [Field(name) for name in question.dimensions] + [leaf.field for leaf in named_leaves(question.where)]
    found = {KIND if field in OF_KIND else field.value for field in named if field not in (*OF_MEMBER, Field.WEEKDAY)}
    return found | ({Field.HOUR.value} if question.unit is TimeUnit.HOUR else set())
