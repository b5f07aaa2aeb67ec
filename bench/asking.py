"""Questions asked inside the process without a cache, beside plain SQL over the facts."""

import sys
from collections.abc import Iterable, Sequence

from analytics.warehouse.flow.ask import ask_uncached
from bench import data, engines, scratch
from bench.questions import VIEWS_OF_AUTHOR, MeasuredQuestion, questions
from bench.timing import interleaved
from tally.answer import Period
from tally.query import Query


class Disagreement(Exception):
    """Two ways to answer the same question give different answers."""


def measure(*, url: str, facts: int, rounds: int, budget: float) -> dict:
    """Return the figures by question and way, in seconds. Our way is called "this"."""
    found = data.facts(facts)
    author = data.author_with(VIEWS_OF_AUTHOR * facts // 10_000_000, found)
    others = list(engines.engines(scratch.Scratch(facts, url)))
    return {each.name: _measured(each, others, rounds, budget) for each in questions(author)}


def _measured(question: MeasuredQuestion, others: list[engines.Engine], rounds: int, budget: float) -> dict:
    print(f"  {question.name}", file=sys.stderr)
    check_agreement([question], others)
    ways = {"this": lambda: ask_uncached(question.query)}
    ways |= {engine.name: lambda engine=engine: engine.run(question) for engine in others}
    return {"target": question.target, **interleaved(ways, rounds, budget)}


def check_agreement(asked: Iterable[MeasuredQuestion], others: Sequence[engines.Engine]) -> None:
    """Raise Disagreement for a question to which an engine gives another answer than the summaries."""
    for question in asked:
        _agree(question, others)


def _agree(question: MeasuredQuestion, others: Sequence[engines.Engine]) -> None:
    expected = ours(question.query)
    for engine in others:
        found = engine.answer(question)
        if found != expected:
            odd = sorted(set(found) ^ set(expected))[:3]
            raise Disagreement(f"{question.name}: {engine.name} gives another answer, for example about {odd}")


def ours(query: Query) -> list[engines.Row]:
    """Return our answer in the form of the engines' answers."""
    return sorted(
        (
            (str(line.start), line.total, line.distinct)
            if isinstance(line, Period)
            else (str(line.key), line.total, line.distinct)
        )
        for line in ask_uncached(query).lines
    )
