"""What `bench.guard` compares: our ways and the plain ones, after a check that both give the same answers."""

from collections.abc import Callable, Iterator

from django.test import Client

from analytics.warehouse.flow.ask import ask_uncached
from bench import asking, data, engines, rolling, scratch
from bench.guard import EXPECTED
from bench.questions import VIEWS_OF_AUTHOR, MeasuredQuestion, questions
from bench.timing import interleaved

ROUNDS, SECONDS = 30, 1.0
"""The rounds of each way, and the seconds after which there are no more."""
BY_COUNTRY = "by country, 2 years"

Way = Callable[[], object]


def measure(*, url: str, facts: int) -> dict[str, float]:
    """Return the time of each as a multiple of the plain way's."""
    plain = next(engines.engines(scratch.Scratch(facts, url)))
    author = data.author_with(VIEWS_OF_AUTHOR * facts // 10_000_000, data.facts(facts))
    guarded = {each.name: each for each in questions(author) if each.name in EXPECTED}
    asking.check_agreement(guarded.values(), [plain])
    return {name: _ratio(ours, other) for name, ours, other in _ways(guarded, plain)}


def _ways(guarded: dict[str, MeasuredQuestion], plain: engines.Engine) -> Iterator[tuple[str, Way, Way]]:
    yield "full roll-up", rolling.roll_up_everything, lambda: plain.ask(plain.dialect.reduction())
    for name, question in guarded.items():
        yield name, lambda each=question: ask_uncached(each.query), lambda each=question: plain.run(each)
    client = Client(headers={"Host": "127.0.0.1"})
    yield f"{BY_COUNTRY}, repeated over HTTP", lambda: _post(client), lambda: plain.run(guarded[BY_COUNTRY])


def _post(client: Client) -> None:
    response = client.post("/api/analytics/blog-views/country/", {}, content_type="application/json")
    assert response.status_code == 200, response.content


def _ratio(ours: Way, plain: Way) -> float:
    figures = interleaved({"this": ours, "plain": plain}, ROUNDS, SECONDS)
    return figures["this"]["p50"] / figures["plain"]["p50"]
