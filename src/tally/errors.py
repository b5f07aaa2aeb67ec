"""What `tally` refuses: one class for each reason. The message names the value."""


class TallyError(ValueError):
    """The base class of all errors of this package."""


class BadSpan(TallyError):
    """A span that ends before it starts, or reaches outside the calendar."""


class BadZone(TallyError):
    """A name that is not that of a time zone, or means another zone on another machine."""


class CorruptCounts(TallyError):
    """Packed counts that this version cannot read."""


class NegativeCount(TallyError):
    """A subtraction of counts that would leave a weight below zero."""


class BadQuestion(TallyError):
    """A question whose parts contradict each other."""


class TooManyPeriods(TallyError):
    """A time series with more periods than an answer may have."""
