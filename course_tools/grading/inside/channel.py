"""Frames over a socket: sent and received whole, each in its time."""

import select
import socket
import time
from collections.abc import Mapping
from typing import Any

from .wire import HEADER, MAGIC, MAX_JSON, MAX_TENSORS, Malformed, pack, unpack

CHUNK = 1 << 16  # bytes read at a time


class Closed(Exception):
    """The other side is gone."""


class Late(Exception):
    """The other side took too long."""


class Channel:
    """One end of a connected socket, that sends and receives whole frames.

    The kernel is asked to wait only when there is nothing to read, or no room: most often there is.
    """

    def __init__(self, connection: socket.socket, configs: Mapping[str, type] | None = None) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._configs = configs or {}
        self._come = bytearray()  # and not yet asked for

    def send(self, value: Any, seconds: float = 10.0, *, configs: Mapping[str, type] | None = None) -> None:
        """Send a value. Raises Malformed if it is not plain data, Closed or Late if it cannot be delivered."""
        view = memoryview(pack(value, self._configs if configs is None else configs))
        deadline = time.monotonic() + seconds
        while view:
            try:
                view = view[self._connection.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError as error:
                raise Closed from error

    def receive(self, seconds: float | None) -> Any:
        """The next value, or Closed, Late or Malformed. seconds: for the whole frame; None waits for ever."""
        deadline = None if seconds is None else time.monotonic() + seconds
        magic, text, blob = HEADER.unpack(self._read(HEADER.size, deadline))
        if magic != MAGIC or text > MAX_JSON or blob > MAX_TENSORS:
            raise Malformed("this is not a frame")
        return unpack(self._read(text, deadline), self._read(blob, deadline), self._configs)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _read(self, count: int, deadline: float | None) -> bytes:
        while len(self._come) < count:
            if deadline is not None and time.monotonic() >= deadline:  # also for one who sends a byte at a time
                raise Late
            try:
                piece = self._connection.recv(CHUNK)
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except OSError as error:
                raise Closed from error
            if not piece:
                raise Closed
            self._come += piece
        data = bytes(self._come[:count])
        del self._come[:count]
        return data

    def _wait(self, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._connection, event)
        remaining = None if deadline is None else deadline - time.monotonic()
        late = remaining is not None and remaining <= 0
        if late or not poll.poll(None if remaining is None else remaining * 1000):
            raise Late
