"""The service behind the proxies: answers with what it received, and counts."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A response header of its own, which the gateway's must not replace.
LINK = '</docs>; rel="help"'
WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Service:
    """Listens until it is stopped. `reached` is how many requests came, `upgrades` and `targets` are what they asked for."""

    def __init__(self):
        self.reached = 0
        self.upgrades, self.targets = set(), set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                outer.reached += 1
                outer.upgrades.update(self.headers.get_all("upgrade", []))
                outer.targets.add(self.path)
                if self.headers.get("upgrade", "").lower() == "websocket":
                    return self.websocket()
                body = self.read_body()
                received = {
                    "method": self.command,
                    "target": self.path,
                    "headers": [[name.lower(), value] for name, value in self.headers.items()],
                    "body": hashlib.sha256(body).hexdigest(),
                }
                answer = json.dumps(received).encode()
                self.send_response(200)
                self.send_header("x-service", "reached")
                self.send_header("link", LINK)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = handle_one

            def read_body(self):
                if "chunked" not in self.headers.get("transfer-encoding", "").lower():
                    return self.rfile.read(int(self.headers.get("content-length", 0)))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def websocket(self):
                """Answers the upgrade, and sends one short frame back as it came, without its mask."""
                key = self.headers["sec-websocket-key"] + WEBSOCKET_GUID
                accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
                self.send_response(101)
                self.send_header("upgrade", "websocket")
                self.send_header("connection", "upgrade")
                self.send_header("sec-websocket-accept", accept)
                self.end_headers()
                head = self.rfile.read(6)
                length, mask = head[1] & 0x7F, head[2:6]
                text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(length)))
                self.wfile.write(bytes([0x81, length]) + text)
                self.wfile.flush()
                self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """Says nothing: if a proxy breaks off, its client sees that."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
