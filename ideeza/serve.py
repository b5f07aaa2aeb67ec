"""Serve on this machine, and roll up each minute beside: what `make run` does.

`python -m ideeza.serve check PORT` only says whether the port is free, `python -m ideeza.serve serve PORT` serves.
"""

import signal
import socket
import subprocess
import sys
from types import FrameType

ADDRESS = "127.0.0.1"
ROLL_UP_SECONDS = "60"
STOP_SECONDS = 10
SERVER = ["-m", "granian", "--interface", "wsgi", "--no-ws", "--blocking-threads", "4", "--workers-kill-timeout", "3"]
"""The arguments of the server. A worker that is stopped while it starts does not notice, and is killed after 3 s."""
ROLL_UP = ["manage.py", "precalculate_stats", "--every", ROLL_UP_SECONDS, "--verbosity", "0"]


def require_free_port(port: int) -> None:
    """End the program if another one listens on the port. The server would share it, and each would get some of the
    requests."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used ({error.strerror}). Choose another one: make run PORT={port + 1}")


def serve(port: int) -> int:
    """Serve until SIGINT or SIGTERM, and return the server's exit code. If the roll-ups end, the server goes on."""
    started, signals = list[subprocess.Popen[bytes]](), list[int]()

    def stop(number: int, _: FrameType | None) -> None:
        signals.append(number)
        for process in started:
            process.send_signal(number)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    started.append(subprocess.Popen([sys.executable, *ROLL_UP], stdout=subprocess.DEVNULL))
    command = [sys.executable, *SERVER, "--host", ADDRESS, "--port", str(port), "ideeza.wsgi:application"]
    started.append(subprocess.Popen(command))
    for number in signals[:]:  # what came while they were started has reached some of them only
        stop(number, None)
    roll_ups, server = started
    code = server.wait()
    roll_ups.terminate()
    try:
        roll_ups.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        roll_ups.kill()
    return code


def main() -> None:
    command, port = sys.argv[1], int(sys.argv[2])
    require_free_port(port)
    if command == "serve":
        sys.exit(serve(port))


if __name__ == "__main__":
    main()
