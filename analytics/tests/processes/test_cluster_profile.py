"""The profile `cluster` of docker-compose.yml: its configuration makes one server a cluster that takes views."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings

from analytics.database import clickhouse
from analytics.datasets import VIEWS
from analytics.models import Blog
from analytics.tests.processes.clickhouse import PASSWORD, USER, ClickHouseServer
from analytics.warehouse.store import facts
from analytics.warehouse.store.facts import cluster_facts, cluster_tables
from ideeza import env
from tally.span import EVER

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.django_db]
ROOT = Path(django_settings.BASE_DIR)
COMPOSE = (ROOT / "docker-compose.yml").read_text()


@pytest.fixture
def server(cluster_servers, tmp_path):
    """Run a server by deploy/clickhouse.xml. Only its addresses differ, its Keeper, which 18.16 does not have, and the
    name of the root."""
    server = ClickHouseServer(tmp_path / "server", 1, 1)
    server.configure(cluster_servers.zookeeper, "")
    own = ElementTree.parse(server.folder / "config.xml")
    for deployed in ElementTree.parse(ROOT / "deploy" / "clickhouse.xml").getroot():
        for old in own.getroot().findall(deployed.tag):
            own.getroot().remove(old)
        own.getroot().append(deployed)
    ports = {"./zookeeper/node/port": cluster_servers.zookeeper, ".//replica/port": server.port}
    for path, port in ports.items():
        own.find(path).text = str(port)
    for path in ("./zookeeper/node/host", ".//replica/host"):
        own.find(path).text = "127.0.0.1"
    own.write(server.folder / "config.xml")
    server.launch(cluster_servers.servers[1, 1].program)
    server.start()
    yield server
    server.stop()


def test_the_cluster_of_the_profile_takes_views(server, settings, django_user_model, monkeypatch):
    (url,) = re.findall(r"IDEEZA_FACTS='(clickhouse://\S+)'", COMPOSE)
    monkeypatch.setenv("IDEEZA_FACTS", url)
    known = env.facts("IDEEZA_FACTS")
    assert known["hosts"] == (("clickhouse", 9000),)
    assert (known["user"], known["password"]) == profile_login()
    login = {"hosts": (("127.0.0.1", server.port),), "user": USER, "password": PASSWORD}
    settings.IDEEZA_FACTS = known | login
    clickhouse.close()
    list(cluster_tables.migrate())
    Blog.objects.create(id=1, title="x", author=django_user_model.objects.create(username="ann"))
    cluster_facts.insert({name: np.ones(1, kind) for name, kind in cluster_facts.COLUMNS.items()})
    assert facts.count(VIEWS, EVER) == 1 and facts.replicas_away() == []
    clickhouse.close()


def profile_login() -> tuple[str, str]:
    (user,) = re.findall(r"CLICKHOUSE_USER: (\w+)", COMPOSE)
    (password,) = re.findall(r"CLICKHOUSE_PASSWORD: \$\{CLICKHOUSE_PASSWORD:-(\w+)\}", COMPOSE)
    return user, password
