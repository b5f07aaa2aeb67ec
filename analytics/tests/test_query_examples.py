"""The questions that docs/api.md and docs/clients.md show are answered."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from analytics.warehouse.api.question import question_of
from analytics.warehouse.api.vocabulary import VOCABULARIES
from ideeza import env
from tally.question import Question

DOCS = Path(settings.BASE_DIR, "docs")


@pytest.fixture(autouse=True)
def declared(settings, few_roll_ups):
    """Declare what the examples need beyond the default: two dimensions at once, and a second zone."""
    settings.IDEEZA_ROLLUPS = env.roll_ups("", "country,source,campaign,device,browser,os,language,hour")
    settings.IDEEZA_TIME_ZONES = ["UTC", "Europe/Berlin"]


def blocks(text):
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.S)]


def section(start, end):
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    return text[text.index(f"\n{start}\n") : text.index(f"\n{end}\n")]


def first_questions():
    found = blocks(section("### Any question", "#### Fields of a question"))
    return [*found, *blocks((DOCS / "clients.md").read_text(encoding="utf-8"))]


def twelve_questions():
    text = section("#### Twelve questions", "### Headers of every answer")
    return {title: json.loads(body) for title, body in re.findall(r"\n\n([^\n]+)\n\n```json\n(.*?)```", text, re.S)}


@pytest.mark.parametrize("body", first_questions())
def test_the_first_questions_are_answered(warehouse, ask, body):
    answer = ask("query/", body)
    assert (answer.status_code, bool(answer.json()["rows"])) == (200, True)


@pytest.mark.parametrize("title", twelve_questions())
def test_the_twelve_questions_are_answered(warehouse, ask, title):
    answer = ask("query/", twelve_questions()[title])
    assert answer.status_code == 200, answer.content


def test_there_are_twelve():
    assert len(twelve_questions()) == 12


def test_every_word_of_the_language_is_documented(today):
    text = section("#### Fields of a question", "#### Answers")
    words = {word for each in VOCABULARIES.values() for word in (*each.metrics, *each.dimensions)}
    assert words <= set(re.findall(r"`([a-z]+)`", text))
    assert set(Question.__dataclass_fields__) - {"span", "unit", "where"} <= set(re.findall(r"`([a-z_]+)`", text))
    assert question_of({}, lambda zone: today).limit == 100
