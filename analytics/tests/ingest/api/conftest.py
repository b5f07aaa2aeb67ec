import json

import pytest
from django.contrib.auth.models import User

from analytics.models import Blog


@pytest.fixture
def blog():
    ann = User.objects.create(username="ann")
    return Blog.objects.create(title="Hello", author=ann, url="own.example/hello")


@pytest.fixture
def post(client):
    def sent(what, url="/api/analytics/views/", peer="8.8.8.8", **headers):
        return client.post(url, json.dumps(what), content_type="application/json", headers=headers, REMOTE_ADDR=peer)

    return sent
