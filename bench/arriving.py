"""Send visits at a steady rate, until a line arrives on standard input."""

import json
import sys
import threading
import time
from http.client import HTTPConnection

from bench.timing import Times

SENDERS = 4
VISITORS = 10_000


class Lost(Exception):
    """The server refused a visit."""


def measure(*, port: int, host: str, key: str, pages: int, rate: float) -> dict[str, float]:
    """Return the seconds that a visit took, as percentiles, and the number of visits per second."""
    stop, times = threading.Event(), Times()
    senders = [_Sender(port, f"/api/collect?apikey={key}", SENDERS / rate, stop, times) for _ in range(SENDERS)]
    for number, sender in enumerate(senders):
        sender.visits = [
            json.dumps({"domain": host, "path": f"/page/{n * 7 % pages}", "visitor": f"{number} {n % VISITORS}"})
            for n in range(VISITORS)
        ]
        sender.start()
    print("began", flush=True)
    began = time.perf_counter()
    sys.stdin.readline()
    stop.set()
    for sender in senders:
        sender.join()
        if sender.error:
            raise Lost from sender.error
    return times.figures() | {"rate": len(times.seconds) / (time.perf_counter() - began)}


class _Sender(threading.Thread):
    def __init__(self, port: int, path: str, pause: float, stop: threading.Event, times: Times) -> None:
        super().__init__()
        self.to, self.path, self.pause = HTTPConnection("127.0.0.1", port, timeout=30), path, pause
        self.halt, self.times, self.visits, self.error = stop, times, [], None

    def run(self) -> None:
        try:
            self._go_on()
        except (OSError, Lost) as error:
            self.error = error

    def _go_on(self) -> None:
        began, count = time.perf_counter(), 0
        while not self.halt.wait(max(0.0, began + count * self.pause - time.perf_counter())):
            sent = time.perf_counter()
            self.to.request("POST", self.path, self.visits[count % VISITORS], {"Content-Type": "text/plain"})
            answer = self.to.getresponse()
            if answer.status != 202:
                raise Lost(answer.read())
            answer.read()
            self.times.seconds.append(time.perf_counter() - sent)
            count += 1
