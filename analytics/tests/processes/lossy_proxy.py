"""A proxy in front of a ClickHouse server that can lose the answer to an insert, as a network does."""

import socket
import threading
from contextlib import suppress

PIECE = 65_536
INSERT = b"INSERT INTO"


class LossyProxy:
    """Passes bytes on between clients and a server until the end of the block.

    While it is `losing`, a client that has sent the rows of an insert hears nothing more. `lost` counts the bytes that
    the server says then, which it does once it has inserted the rows.
    """

    def __init__(self, listen: int, server: int) -> None:
        self._server, self.losing, self.lost = server, False, 0
        self._listening = socket.create_server(("127.0.0.1", listen))
        self._open: list[socket.socket] = []
        self._start(self._accept)

    def __enter__(self) -> "LossyProxy":
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # which ends the threads that wait for it
            each.close()

    def _start(self, act, *arguments) -> None:
        threading.Thread(target=act, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open += [client, server]
                exchange = _Exchange(self, client, server)
                self._start(exchange.pass_requests)
                self._start(exchange.pass_answers)


class _Exchange:
    """One connection of a client. An insert is a statement, which the server answers with the columns of the table, and
    then rows."""

    def __init__(self, proxy: LossyProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._stated = self._columns_named = self._silent = False

    def pass_requests(self) -> None:
        for piece in _pieces(self._client):
            if self._columns_named:  # so these are the rows
                self._silent = self._proxy.losing
                self._stated = self._columns_named = False
            if INSERT in piece:
                self._stated = True
            with suppress(OSError):
                self._server.sendall(piece)
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_WR)

    def pass_answers(self) -> None:
        for piece in _pieces(self._server):
            if self._silent:
                self._proxy.lost += len(piece)
                continue
            self._columns_named = self._stated
            with suppress(OSError):
                self._client.sendall(piece)


def _pieces(connected: socket.socket):
    """Yield what arrives until the connection ends."""
    with suppress(OSError):
        while piece := connected.recv(PIECE):
            yield piece
