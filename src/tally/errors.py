"""One class a reason; the message names the value."""


class TallyError(ValueError):
    """Anything this package refuses."""


class BadSpan(TallyError):
    """A span that ends before it starts, or reaches outside the calendar."""


class CorruptCounts(TallyError):
    """Packed counts that this version cannot read."""


class NegativeCount(TallyError):
    """Counts were subtracted that had never been added."""


class BadQuestion(TallyError):
    """A question whose parts contradict each other."""


class TooManyPeriods(TallyError):
    """A time series longer than anybody reads."""
