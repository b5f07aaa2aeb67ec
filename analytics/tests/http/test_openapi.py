"""The OpenAPI document describes each request."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/swagger/", "/redoc/", "/swagger", "/redoc"])
def test_the_documentation_needs_no_token(client, reader, url):
    assert client.get(url).status_code == 200


def test_no_two_requests_have_the_same_name(client):
    paths = client.get("/swagger.json").json()["paths"].values()
    names = [each["operationId"] for path in paths for each in path.values() if isinstance(each, dict)]
    assert len(names) > 5
    assert sorted(set(names)) == sorted(names)


def test_the_schema_describes_each_question_with_request_answer_and_refusal(client):
    schema = client.get("/swagger.json").json()
    posts = {path: each["post"] for path, each in schema["paths"].items() if "post" in each}
    questions = {path: post for path, post in posts.items() if post["tags"] == ["analytics"]}
    assert schema["basePath"] == "/"
    assert set(questions) == {
        "/api/analytics/blog-views/{object_type}/",
        "/api/analytics/top/{top_type}/",
        "/api/analytics/performance/",
        "/api/analytics/events/",
    }
    for question in questions.values():
        assert {"200", "400", "401", "503"} <= set(question["responses"])
        assert "examples" in question["responses"]["200"]
        assert "X-Pending-Days" in question["responses"]["200"]["headers"]
