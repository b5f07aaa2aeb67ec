"""Growth in percent."""


def percent(now: int, before: int) -> float:
    """Return the change from `before` to `now` in percent, with two decimals; 0.0 if `before` is 0.

    >>> percent(150, 100), percent(1, 3), percent(5, 0)
    (50.0, -66.67, 0.0)
    """
    return round(100 * (now - before) / before, 2) if before else 0.0
