"""Sends log lines to a Vigia platform: in batches, from a thread of its own, again and again until they arrive.

Copy this file beside your application; it needs nothing but Python's standard library.

A batch keeps its Idempotency-Key however often it is tried, so a broken connection neither loses nor doubles a
line. The application never waits for the network; only when `max_waiting` lines could not be sent does `send`
wait, for at most a second, and then says on standard error that it let a line go.
"""

import atexit
import json
import logging
import os
import queue
import random
import ssl
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

RETRIED = {408, 425, 429, 500, 502, 503, 504}


class Shipper:
    """A queue of lines and the thread that sends them."""

    def __init__(self, url, key, *, format="auto", service=None, zone=None, authority=None,
                 max_lines=500, max_seconds=1.0, max_waiting=10_000):
        hints = {"format": format, "service": service, "zone": zone}
        query = urllib.parse.urlencode({name: value for name, value in hints.items() if value})
        self._address = f"{url.rstrip('/')}/v1/ingest/events?{query}"
        self._key = key
        self._tls = ssl.create_default_context(cafile=authority) if url.startswith("https:") else None
        self._max_lines = max_lines
        self._max_seconds = max_seconds
        self._lines = queue.Queue(max_waiting)
        self._closing = threading.Event()
        self._deadline = None
        self._thread = threading.Thread(target=self._run, name="vigia", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    @classmethod
    def from_environment(cls, **hints):
        """VIGIA_URL, VIGIA_KEY_FILE (or VIGIA_KEY), VIGIA_AUTHORITY (a PEM file) for a private authority."""
        path = os.environ.get("VIGIA_KEY_FILE")
        if path:
            with open(path, encoding="ascii") as file:
                key = file.read().strip()
        else:
            key = os.environ["VIGIA_KEY"]
        return cls(os.environ["VIGIA_URL"], key, authority=os.environ.get("VIGIA_AUTHORITY"), **hints)

    def send(self, line):
        """Takes one line, or one JSON object as a text."""
        try:
            self._lines.put(line.replace("\n", "\\n"), timeout=1)
        except queue.Full:
            _complain("a line was let go: the platform cannot be reached and the queue is full")

    def close(self, seconds=10):
        """Sends what is waiting; gives up after so many seconds."""
        if not self._closing.is_set():
            self._deadline = time.monotonic() + seconds
            self._closing.set()
        self._thread.join(seconds + 1)

    def _run(self):
        while not (self._closing.is_set() and self._lines.empty()):
            batch = self._collect()
            if batch:
                self._deliver(batch)

    def _collect(self):
        batch = []
        until = time.monotonic() + self._max_seconds
        while len(batch) < self._max_lines:
            # While nothing waits, look up now and then whether it is time to go.
            patience = 0.05 if self._closing.is_set() else min(0.2, until - time.monotonic())
            if batch and patience <= 0:
                break
            try:
                batch.append(self._lines.get(timeout=max(patience, 0.01)))
            except queue.Empty:
                if self._closing.is_set() or not batch:
                    break
        return batch

    def _deliver(self, batch):
        key = str(uuid.uuid4())
        pause = 0.5
        while True:
            verdict = self._post(batch, key)
            if verdict is None:
                return
            if verdict == "too large" and len(batch) > 1:
                half = len(batch) // 2
                self._deliver(batch[:half])
                return self._deliver(batch[half:])
            if not isinstance(verdict, float):
                return _complain(f"{len(batch)} lines were refused: {verdict}")
            if self._deadline is not None and time.monotonic() > self._deadline:
                return _complain(f"{len(batch)} lines could not be sent in time")
            wait = max(verdict, pause * random.uniform(0.5, 1.5))
            self._closing.wait(wait) if not self._closing.is_set() else time.sleep(min(wait, 0.5))
            pause = min(pause * 2, 30)

    def _post(self, batch, key):
        """Nothing when it is durable, seconds to wait before the next try, or why there is no use in one."""
        request = urllib.request.Request(self._address, "\n".join(batch).encode(), {
            "Authorization": f"Bearer {self._key}", "Idempotency-Key": key, "Content-Type": "text/plain",
        }, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._tls) as answer:
                refused = json.load(answer)["errors"]
            for error in refused:
                _complain(f"a line was refused: {error['code']}, {error['reason']}")
            return None
        except urllib.error.HTTPError as error:
            if error.code in RETRIED:
                after = error.headers.get("Retry-After", "0")
                return float(after) if after.isdigit() else 0.0
            return "too large" if error.code == 413 else f"{error.code} {error.read(500).decode(errors='replace')}"
        except (OSError, ValueError):
            return 0.0


class VigiaHandler(logging.Handler):
    """A handler for Python's logging: whatever its formatter makes of a record is one line."""

    def __init__(self, shipper):
        super().__init__()
        self.shipper = shipper

    def emit(self, record):
        try:
            self.shipper.send(self.format(record))
        except Exception:
            self.handleError(record)


def _complain(text):
    print(f"vigia: {text}", file=sys.stderr, flush=True)
