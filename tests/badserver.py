"""A publisher's server that misbehaves on demand, on 127.0.0.1 and nowhere else."""

import gzip
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HEADER = b"iso3,year,value\n"
GOOD = HEADER + b"".join(b"VNM,%d,0.5\n" % year for year in range(2000, 2025))
NEWER = GOOD + b"VNM,2025,0.6\n"
PAGE = b"\n<!DOCTYPE html>\n<html><body>We are down for maintenance</body></html>\n"
JSON = b'[{"page":1,"pages":1,"total":2},[{"countryiso3code":"VNM"},{"countryiso3code":"EST"}]]'
ERROR = b'[{"message":[{"id":"120","key":"Invalid value","value":"not valid"}]}]'
STEPS = 400  # no behaviour goes on for longer than this many pieces


class Server(ThreadingHTTPServer):
    """Keeps count of what was asked, and can be told to stop in the middle of an answer."""

    daemon_threads = True

    def __init__(self, elsewhere: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.elsewhere = elsewhere
        self.stopped = threading.Event()
        self.asked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.scheme = "http"
        self.patience = ""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def root(self) -> str:
        return f"{self.scheme}://{self.host}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what is tested, not an error of the server."""


class Handler(BaseHTTPRequestHandler):
    """One path, one behaviour: ``/cut`` is answered by ``cut``."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/")
        self.server.asked[name] += 1
        self.server.headers.append(dict(self.headers))
        self.count = self.server.asked[name]
        getattr(self, f"get_{name.replace('-', '_')}", self.get_missing)()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def send(
        self, body: bytes, *, status: int = 200, length: int | None = None, **headers: str
    ) -> None:
        """An answer; ``length`` is declared, whatever is sent, and negative if undeclared."""
        self.send_response(status)
        declared = len(body) if length is None else length
        if declared >= 0:
            self.send_header("Content-Length", str(declared))
        if declared != len(body):
            self.send_header("Connection", "close")
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def pieces(self, piece: bytes, *, pause: float) -> None:
        """The same bytes again and again, until stopped or enough."""
        for _ in range(STEPS):
            if self.server.stopped.wait(pause):
                return
            self.wfile.write(piece)

    def go(self, address: str) -> None:
        self.send(b"moved", status=302, Location=address)

    # Well behaved

    def get_good(self) -> None:
        self.send(GOOD, Content_Type="text/csv")

    def get_tagged(self) -> None:
        if self.headers["If-None-Match"] == '"v1"':
            self.send_response(304)
            self.end_headers()
            return
        self.send(GOOD, ETag='"v1"', Last_Modified="Sat, 01 Nov 2025 00:00:00 GMT")

    def get_dated(self) -> None:
        if self.headers["If-Modified-Since"]:
            self.send_response(304)
            self.end_headers()
            return
        self.send(GOOD, Last_Modified="Sat, 01 Nov 2025 00:00:00 GMT")

    def get_changing(self) -> None:
        self.send(GOOD if self.count == 1 else NEWER)

    def get_gzip(self) -> None:
        self.send(gzip.compress(GOOD), Content_Encoding="gzip")

    def get_chunked(self) -> None:
        self.send_chunks(GOOD, end=True)

    def send_chunks(self, body: bytes, *, end: bool) -> None:
        self.send(b"", length=-1, Transfer_Encoding="chunked")
        for start in range(0, len(body), 100):
            part = body[start : start + 100]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if end:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def get_json(self) -> None:
        self.send(JSON)

    def get_moved(self) -> None:
        self.go("/good")

    def get_moved_at_length(self) -> None:
        self.send(b"moved", status=302, length=1_000_000, Location="/good")
        self.pieces(b"x", pause=0.02)

    # Misbehaving, then good

    def get_twice_500(self) -> None:
        self.send(b"oops", status=500) if self.count <= 2 else self.send(GOOD)

    def get_busy(self) -> None:
        if self.count == 1:
            self.send(b"", status=429, Retry_After=self.server.patience)
        else:
            self.send(GOOD)

    def get_cut_once(self) -> None:
        self.get_cut() if self.count == 1 else self.send(GOOD)

    def get_good_then_steady(self) -> None:
        self.get_steady() if self.count == 2 else self.send(GOOD if self.count == 1 else NEWER)

    # Misbehaving

    def get_always_500(self) -> None:
        self.send(b"oops", status=500)

    def get_missing(self) -> None:
        self.send(b"no such file", status=404)

    def get_forbidden(self) -> None:
        self.send(PAGE, status=403)

    def get_cut(self) -> None:
        self.send(GOOD[:100], length=len(GOOD))
        self.close_connection = True

    def get_cut_chunks(self) -> None:
        self.send_chunks(GOOD, end=False)

    def get_cut_gzip(self) -> None:
        packed = gzip.compress(GOOD)
        self.send(packed[:60], length=len(packed), Content_Encoding="gzip")
        self.close_connection = True

    def get_cut_unsaid(self) -> None:
        """An old server: the end of the connection is the end of the file, or is it?"""
        self.send(GOOD[:100], length=-1)
        self.close_connection = True

    def get_slow(self) -> None:
        self.send(HEADER, length=1_000_000)
        self.pieces(b"VNM,1,0.5\n", pause=0.02)

    def get_steady(self) -> None:
        """Slow, but fast enough to be seen on the disk."""
        self.send(HEADER, length=1_000_000)
        self.pieces(b"VNM,1,0.5\n" * 100, pause=0.02)

    def get_silent(self) -> None:
        self.send(HEADER, length=1_000_000)
        self.server.stopped.wait()
        self.close_connection = True

    def get_deaf(self) -> None:
        self.server.stopped.wait()
        self.close_connection = True

    def get_page(self) -> None:
        self.send(PAGE, Content_Type="text/csv")

    def get_empty(self) -> None:
        self.send(b"")

    def get_blank(self) -> None:
        self.send(b"\n \n")

    def get_header_only(self) -> None:
        self.send(HEADER)

    def get_other_layout(self) -> None:
        self.send(b"country;score\nViet Nam;0,5\n")

    def get_binary(self) -> None:
        self.send(b"iso3,year,value\0\0\1\n" * 50)

    def get_half_json(self) -> None:
        self.send(JSON[:-20])

    def get_error_json(self) -> None:
        self.send(ERROR)

    def get_half_zip(self) -> None:
        self.send(b"PK\x03\x04" + b"\1" * 500)

    def get_elsewhere(self) -> None:
        self.go(f"{self.server.elsewhere}/good")

    def get_lookalike(self) -> None:
        self.go(f"{self.server.scheme}://{self.server.host}@{self.server.elsewhere[7:]}/good")

    def get_nowhere(self) -> None:
        self.go("http://[half/good")

    def get_loop(self) -> None:
        self.go("/loop")

    def get_huge(self) -> None:
        self.send(b"x" * 1000, length=5_000_000_000)
        self.close_connection = True

    def get_endless(self) -> None:
        self.send(HEADER, length=-1)
        self.pieces(b"VNM,1,0.5\n" * 1000, pause=0)
        self.close_connection = True

    def get_bomb(self) -> None:
        self.send(gzip.compress(GOOD + b"0" * 30_000_000), Content_Encoding="gzip")


@contextmanager
def running(elsewhere: str = "", certificate: Path | None = None) -> Iterator[Server]:
    """A server for the time of a block, with TLS if given a file of certificate and key."""
    server = Server(elsewhere)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
