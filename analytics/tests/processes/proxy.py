"""nginx as deploy/nginx.conf configures it, in front of a server of a test."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from analytics.tests.processes.servers import free_port, running

SHIPPED = Path(settings.BASE_DIR) / "deploy" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(program: str, folder: Path, upstream: int) -> Iterator[int]:
    """Run nginx by the shipped file until the end of the block; give its port. Only addresses and folders differ."""
    listen = free_port()
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(_changed(SHIPPED.read_text(), folder, listen, upstream))
    command = (program, "-p", str(folder), "-c", str(config), "-g", f"daemon off; user root; pid {folder}/pid;")
    with running(listen, *command, folder=folder, end=signal.SIGQUIT):
        yield listen


def _changed(text: str, folder: Path, listen: int, upstream: int) -> str:
    temporary = "".join(f"{name}_temp_path {folder}/{name}; " for name in TEMPORARY)
    changes = {
        "server web:8000;": f"server 127.0.0.1:{upstream};",
        "listen 80 ": f"listen 127.0.0.1:{listen} ",
        "/var/log/nginx/": f"{folder}/",
        "http {": f"http {{ {temporary}",
    }
    for old, new in changes.items():
        assert old in text, f"{SHIPPED.name} has no {old!r}"
        text = text.replace(old, new)
    return text
