"""Django's own threaded server, made fit for a test run: quiet, quick to answer, strict about framing.

Adds what its handler lacks: chunked bodies, errors before the application as JSON, no Nagle delay.
"""

import json
import re
from io import BytesIO

from django.core.servers import basehttp

MAX_LINE = 65_536
MAX_BODY = 64 * 1024 * 1024


class BadFraming(Exception):
    """The body's length can't be told, so nothing after it can be trusted either."""


class Handler(basehttp.WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        pass

    def send_error(self, code, message=None, explain=None):
        self.request_version = "HTTP/1.1"  # may not have been read yet, and is wanted below
        body = json.dumps({"detail": message or "İstek anlaşılamadı.", "code": "bad_request"}).encode()
        self.send_response(code if code < 500 else 400)  # an unknown HTTP version is no fault of ours
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(MAX_LINE + 1)
        if len(self.raw_requestline) > MAX_LINE:
            self.requestline, self.command = "", ""
            self.send_error(414)
        elif self.parse_request():
            self.path = re.sub("^https?://[^/]*", "", self.path)  # as clients write it to proxies
            try:
                stream = self.body()
            except BadFraming as problem:
                self.send_error(400, str(problem))
                return
            handler = basehttp.ServerHandler(stream, self.wfile, self.get_stderr(), self.get_environ())
            handler.request_handler = self
            handler.run(self.server.get_app())

    def body(self):
        """Return a stream that starts with the body; a chunked one is joined and gets a Content-Length."""
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" not in self.headers:
            if not all(re.fullmatch("[0-9]{1,9}", length) for length in lengths) or len(lengths) > 1:
                raise BadFraming("Content-Length geçersiz.")
            return self.rfile
        if lengths or self.headers["Transfer-Encoding"].lower() != "chunked":
            raise BadFraming("Transfer-Encoding geçersiz.")
        body = b"".join(self.chunks())
        del self.headers["Transfer-Encoding"]
        self.headers["Content-Length"] = str(len(body))
        return BytesIO(body)

    def chunks(self):
        total = 0
        while True:
            try:
                size = int(self.rfile.readline(100).split(b";")[0], 16)
            except ValueError:
                raise BadFraming("Parça uzunluğu geçersiz.") from None
            total += size
            if size < 0 or total > MAX_BODY:
                raise BadFraming("Parça uzunluğu geçersiz.")
            chunk = self.rfile.read(size)
            end = self.rfile.readline(MAX_LINE)
            while size == 0 and end not in (b"\r\n", b"\n", b""):  # trailers
                end = self.rfile.readline(MAX_LINE)
            if size == 0:
                return
            yield chunk


class Server(basehttp.ThreadedWSGIServer):
    request_queue_size = 128
