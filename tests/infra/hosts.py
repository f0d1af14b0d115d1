"""An HTTP server on loopback that serves files by name, byte ranges too, with the faults of real hosts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HTML = b"<!DOCTYPE html><html><body>Please sign in to the network</body></html>"


@dataclass
class Host:
    """What a server serves: path -> bytes; the paths whose transfers break off, and after how many bytes; what was asked.

    A `mortal` host never answers again after such a transfer.
    """

    files: dict[str, bytes]
    breaks: dict[str, int] = field(default_factory=dict)
    ranges: bool = True
    mortal: bool = False
    dead: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """Serve until the block ends; `host.address` is the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self, host)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    host.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request: BaseHTTPRequestHandler, host: Host) -> None:
    """One request; each transfer of a breaking path ends after its number of bytes, without a word."""
    if host.dead:
        return
    wanted = request.headers.get("Range")
    host.asked.append((request.path, wanted))
    content = host.files.get(request.path)
    if content is None:
        request.send_error(404)
        return
    start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and host.ranges else 0
    if start >= len(content):
        request.send_error(416)
        return
    request.send_response(206 if start else 200)
    if start:
        request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    request.send_header("Content-Length", str(len(content) - start))
    request.end_headers()
    host.dead = host.mortal and request.path in host.breaks
    request.wfile.write(content[start:][: host.breaks.get(request.path)])
