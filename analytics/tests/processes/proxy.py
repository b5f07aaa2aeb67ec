"""nginx as the files in deploy/ configure it, in front of a server of a test. Only addresses and folders differ."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from analytics.tests.processes.servers import free_port, running

DEPLOY = Path(settings.BASE_DIR) / "deploy"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
TLS_SITE = """
error_log {folder}/error.log crit;
events {{}}
http {{
    {temporary}
    access_log off;
    server {{
        listen 127.0.0.1:{listen} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            root {folder};
            try_files /page.html =404;
            default_type text/html;
        }}
        {service}
    }}
}}
"""


@contextmanager
def nginx(program: str, folder: Path, upstream: int) -> Iterator[int]:
    """Run nginx by deploy/nginx.conf until the end of the block; give its port."""
    listen = free_port()
    changes = {
        "server web:8000;": f"server 127.0.0.1:{upstream};",
        "listen 80 ": f"listen 127.0.0.1:{listen} ",
        "/var/log/nginx/": f"{folder}/",
        "http {": f"http {{ {_temporary_paths(folder)}",
    }
    folder.mkdir()
    with _running(program, folder, listen, _changed("nginx.conf", changes)):
        yield listen


@contextmanager
def nginx_with_tls(program: str, folder: Path, upstream: int) -> Iterator[int]:
    """Run nginx as a site with TLS until the end of the block; give its port. The folder holds its certificate and
    page.html, the site's one page. By deploy/nginx-prefix.conf, the service is under /stats."""
    listen = free_port()
    service = _changed("nginx-prefix.conf", {"127.0.0.1:8000": f"127.0.0.1:{upstream}"})
    config = TLS_SITE.format(folder=folder, temporary=_temporary_paths(folder), listen=listen, service=service)
    with _running(program, folder, listen, config):
        yield listen


def make_certificate(openssl: str, folder: Path) -> None:
    """Write a self-signed certificate for localhost, and its key."""
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *named, *files]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def _running(program: str, folder: Path, listen: int, config: str) -> Iterator[None]:
    (folder / "nginx.conf").write_text(config)
    command = (program, "-p", str(folder), "-c", str(folder / "nginx.conf"))
    options = ("-g", f"daemon off; user root; pid {folder}/pid;")
    with running(listen, *command, *options, folder=folder, end=signal.SIGQUIT):
        yield


def _temporary_paths(folder: Path) -> str:
    return "".join(f"{name}_temp_path {folder}/{name}; " for name in TEMPORARY)


def _changed(name: str, changes: dict[str, str]) -> str:
    text = (DEPLOY / name).read_text()
    for old, new in changes.items():
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    return text
