"""A client that sends exactly the headers it is told to."""

import base64
import http.client
import json
import socket


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.getheaders()]
        self.body = body

    def all(self, name):
        return [value for header, value in self.headers if header == name]

    def header(self, name):
        return ", ".join(self.all(name))

    @property
    def reached(self):
        return self.header("x-service") == "reached"

    def received(self, name):
        """What the service got under this name: a list."""
        return [value for header, value in json.loads(self.body)["headers"] if header == name]


def connect(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def ask(port, headers=(), method="GET", target="/tasks", body=None, chunks=None, connection=None, host=None):
    mine = connection or connect(port)
    mine.putrequest(method, target, skip_host=host is not None, skip_accept_encoding=True)
    if host is not None:
        mine.putheader("host", host)
    for name, value in headers:
        mine.putheader(name, value)
    if body is not None:
        mine.putheader("content-length", str(len(body)))
    if chunks is not None:
        mine.putheader("transfer-encoding", "chunked")
    mine.endheaders(body)
    for chunk in chunks or []:
        mine.send(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    if chunks is not None:
        mine.send(b"0\r\n\r\n")
    response = mine.getresponse()
    answer = Answer(response, response.read())
    if connection is None:
        mine.close()
    return answer


def websocket(port, headers):
    """The status of an upgrade and, if it is granted, what comes back for `hello`."""
    key = base64.b64encode(b"0123456789abcdef").decode()
    lines = [
        "GET /socket HTTP/1.1",
        "host: service.example",
        "connection: Upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        f"sec-websocket-key: {key}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as stream:
        stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        reader = stream.makefile("rb")
        status = int(reader.readline().split()[1])
        while reader.readline().strip():
            pass
        if status != 101:
            return str(status)
        mask = b"\x01\x02\x03\x04"
        text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(b"hello"))
        stream.sendall(bytes([0x81, 0x80 | 5]) + mask + text)
        return f"101 {reader.read(7)[2:].decode()}"
