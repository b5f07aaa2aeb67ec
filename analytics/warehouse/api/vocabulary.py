"""The words of the query language: the metrics and the dimensions of each dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analytics.warehouse.api.filter_tree import SPELLINGS, FilterFields
from tally.question import TimeUnit
from tally.where import Field

TIME = "time"
"""The word for the time dimension of a question, whatever its unit."""
TIME_UNITS: Mapping[str, TimeUnit] = MappingProxyType({f"{TIME}:{unit.value}": unit for unit in TimeUnit})
PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType({"country": ("code", "name"), "blog": ("id", "title", "url")})
"""The dimensions whose values have several parts. The values of the others are plain."""
ALWAYS_KNOWN = (Field.BLOG, Field.HOUR, Field.WEEKDAY, Field.CATEGORY, Field.NAME, Field.SESSION)
"""What every fact has. Everything else may be unknown, which is null."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words for questions about one dataset. The first metric counts facts, the others distinct things."""

    metrics: tuple[str, ...]
    default_metrics: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def distinct(self) -> tuple[str, ...]:
        return self.metrics[1:]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions beside the time. Each is also a field of filters."""
        return tuple(field.value for field in self.fields)

    @property
    def filter_fields(self) -> FilterFields:
        plain = {field.value: field for field in self.fields}
        other = {spelling: field for spelling, field in SPELLINGS.items() if field in self.fields}
        nullable = frozenset(field for field in self.fields if field not in ALWAYS_KNOWN)
        return FilterFields(plain | other, nullable, repeated=False)


OF_VIEWS = (
    Field.COUNTRY,
    Field.SOURCE,
    Field.MEDIUM,
    Field.CAMPAIGN,
    Field.REFERRER,
    Field.DEVICE,
    Field.BROWSER,
    Field.OS,
    Field.LANGUAGE,
    Field.HOUR,
    Field.WEEKDAY,
    Field.BLOG,
    Field.AUTHOR,
    Field.SITE,
)
OF_EVENTS = (Field.CATEGORY, Field.NAME, Field.SESSION)
VOCABULARIES: Mapping[str, Vocabulary] = MappingProxyType(
    {
        "views": Vocabulary(("views", "blogs", "visitors"), ("views", "blogs"), OF_VIEWS),
        "events": Vocabulary(("events", "sessions"), ("events", "sessions"), OF_EVENTS),
    }
)
DEFAULT_DATASET = "views"
