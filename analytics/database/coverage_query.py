"""Which summaries of a zone there are: one statement, which each new question runs.

PostgreSQL takes longer to plan it than to run it, so there it is a function, which keeps the plan. A migration creates
the function from the text that SQLite runs.
"""

DAYS = "roll_up = total.number AND grain = 1"
"""The days of the roll-up over everything."""


def coverage_query(dataset: int, summaries: str, main_dimension: str, zone: str) -> str:
    """Return the statement; `zone` is SQL for the name of the zone.

    A row holds the number of the generation; the sum of the tokens in the log of labels; whether any roll-up of the
    dataset is registered; of the zone, the numbers of the roll-ups over everything and by the main dimension, the end
    of what is folded, the first and the last day, and the days from which the two roll-ups are complete; and one of the
    days after what is folded. There is a row for each of these days, at least one.
    """
    return f"""
        SELECT gen.number, (SELECT sum(log.token) FROM analytics_label_change AS log),
               EXISTS (SELECT 1 FROM analytics_rollup WHERE dataset = {dataset}), total.number, main.number,
               total.folded_until, (SELECT min(start) FROM {summaries} WHERE {DAYS}),
               (SELECT max(start) FROM {summaries} WHERE {DAYS}), total.complete_from, main.complete_from, day.start
        FROM analytics_generation AS gen
        LEFT JOIN analytics_rollup AS total
        ON total.dataset = {dataset} AND total.time_zone = {zone} AND total.dimensions = ''
        LEFT JOIN analytics_rollup AS main
        ON main.dataset = {dataset} AND main.time_zone = {zone} AND main.dimensions = '{main_dimension}'
        LEFT JOIN {summaries} AS day ON {DAYS} AND start >= total.folded_until
        WHERE gen.id = {dataset} ORDER BY day.start"""
