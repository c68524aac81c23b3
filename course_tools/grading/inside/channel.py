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
        self.send_frames(pack(value, self._configs if configs is None else configs), seconds)

    def send_frames(self, frames: bytes, seconds: float) -> None:
        """Send what was packed before. Raises Closed or Late if it cannot be delivered."""
        view = memoryview(frames)
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
        self._fill(HEADER.size, deadline)
        magic, text, blob = HEADER.unpack_from(self._come)
        if magic != MAGIC or text > MAX_JSON or blob > MAX_TENSORS:
            self._come.clear()
            raise Malformed("this is not a frame")
        middle, end = HEADER.size + text, HEADER.size + text + blob
        self._fill(end, deadline)
        frame = bytes(self._come[HEADER.size : middle]), bytes(self._come[middle:end])
        del self._come[:end]
        return unpack(*frame, self._configs)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _fill(self, count: int, deadline: float | None) -> None:
        """Wait until so many bytes have come."""
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

    def _wait(self, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._connection, event)
        remaining = None if deadline is None else deadline - time.monotonic()
        late = remaining is not None and remaining <= 0
        if late or not poll.poll(None if remaining is None else remaining * 1000):
            raise Late
