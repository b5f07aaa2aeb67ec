"""The health checks that an orchestrator asks."""


def test_the_process_is_alive_and_ready(client, db):
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz/")
    assert ready.status_code == 200
    assert {"database": "ok", "migrations": "ok", "cache": "ok"}.items() <= ready.json().items()
