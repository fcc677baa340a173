"""One proxy with everything around it: the identity provider, the gateway and a service, each a process of its own."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from client import ask
from ports import free_port, free_ports
from service import Service

ROOT = Path(__file__).resolve().parents[2]
API = "00001111-aaaa-2222-bbbb-3333cccc4444"
# Far longer than anything takes here: a proxy that does not answer by then is a failure.
PATIENCE = 30
LOG_LINES = 12


class World:
    def __init__(self, proxy, binary):
        self.proxy = proxy
        self.binary = binary
        self.folder = Path(tempfile.mkdtemp(prefix="b2c-auth-proxies-"))
        self.processes = []
        self.service = Service()
        self.port, self.gateway_port, self.admin_port = free_ports(3)

    def start(self):
        emulator = self.spawn("emulator", [self.binary, "emulator", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE)
        self.metadata, self.control = read_emulator(emulator)
        # The gateway begins without keys.
        self.fault("keys", {"status": {"code": 503}})
        self.config = self.folder / "b2c.toml"
        self.configure()
        self.gateway = None
        self.start_gateway()
        self.start_proxy()

    def configure(self, top="", tables=""):
        text = f"""
audiences = ["{API}"]
{top}

[[authorities]]
openid_config = "{self.metadata}"

[[required_claims]]
name = "scp"
values = ["tasks.read"]
separator = " "

[claim_headers]
x-auth-subject = "user_id()"
x-auth-scopes = "scp"
x-auth-roles = "roles"
{tables}
"""
        new = self.config.with_suffix(".new")
        new.write_text(text)
        new.rename(self.config)

    def reload(self):
        """Returns once the gateway has read its configuration again."""
        log = self.folder / "gateway.log"
        before = log.read_text().count("configuration reloaded")
        self.gateway.send_signal(signal.SIGHUP)
        wait_for(lambda: log.read_text().count("configuration reloaded") > before, "the reload")

    def start_gateway(self, *more, settings=None, environment=None):
        """`settings`: the options that say where they are, if not in the usual file."""
        settings = settings or ["--config", self.config]
        command = [self.binary, "gateway", *settings, "--drain", "0s", "--admin-listen", f"127.0.0.1:{self.admin_port}"]
        log = self.folder / "gateway.log"
        before = log.read_text().count(" listening on ") if log.exists() else 0
        self.gateway = self.spawn("gateway", [*command, *self.proxy.gateway_options(self), *more], env=os.environ | (environment or {}))
        # From its log, because another program may listen on the port.
        wait_for(lambda: log.read_text().count(" listening on ") == before + 2 or self.gateway.poll() is not None, "the gateway")
        if self.gateway.poll() is not None:
            raise RuntimeError("the gateway does not start")

    def restart_gateway(self, *more, **options):
        self.stop_gateway()
        self.start_gateway(*more, **options)

    def stop_gateway(self):
        self.gateway.kill()
        self.gateway.wait()

    def start_proxy(self):
        self.spawn_proxy("proxy", self.folder, self.port, self.service.port, self.proxy.changes)
        # A port may be open before everything behind it is in place.
        wait_for(lambda: ask(self.port).status in (401, 503), f"an answer of {self.proxy.name}")

    def start_proxy_for_grpc(self, service_port):
        """The same proxy again, before a service that speaks gRPC; returns its port."""
        return self.start_proxy_again("grpc", self.proxy.grpc, service_port)

    def start_proxy_again(self, name, changes, service_port=None):
        """Another process of the same proxy, with these changes to its files; returns its port."""
        folder = self.folder / name
        folder.mkdir()
        port = free_port()
        self.spawn_proxy(f"{name}-proxy", folder, port, service_port or self.service.port, self.proxy.changes | changes)
        return port

    def spawn_proxy(self, name, folder, port, service_port, changes):
        """Starts the proxy with the files in deploy/, unchanged except for the ports and these changes."""
        ours = {"8080": port, "9000": self.gateway_port, "9001": self.gateway_port, "3000": service_port}
        sources = [ROOT / "deploy" / file for file in self.proxy.files]
        for old in changes:
            assert any(old in source.read_text() for source in sources), f"{self.proxy.name} has no {old!r}"
        for source in sources:
            text = source.read_text()
            for old, new in changes.items():
                text = text.replace(old, new)
            text = re.sub(r"\b(8080|9000|9001|3000)\b", lambda found: str(ours[found.group()]), text)
            (folder / source.name).write_text(text)
        self.spawn(name, self.proxy.command(folder), cwd=folder)
        wait_for(lambda: is_open(port), f"{self.proxy.name}; see {self.folder}/{name}.log")

    def spawn(self, name, command, **options):
        log = open(self.folder / f"{name}.log", "ab")
        options.setdefault("stdout", log)
        process = subprocess.Popen([str(word) for word in command], stderr=log, start_new_session=True, **options)
        self.processes.append(process)
        return process

    def token(self, claims=None, scope="tasks.read", **more):
        order = {"audience": API, "scope": scope, "claims": {"oid": "the-user", **(claims or {})}, **more}
        return self.order("POST", "tokens", order)["access_token"]

    def fault(self, endpoint, fault):
        self.order("POST", "faults", {"endpoint": endpoint, "fault": fault})

    def heal(self):
        self.order("DELETE", "faults")

    def rotate(self):
        self.order("POST", "rotate", {})

    def order(self, method, what, body=None):
        return order(self.control + what, method, body)

    def stop(self):
        for process in reversed(self.processes):
            # With its workers, which a proxy that is killed leaves behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.service.stop()

    def forget(self):
        shutil.rmtree(self.folder)

    def show_logs(self):
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            print(f"--- the end of {log}", *lines, sep="\n", file=sys.stderr)


def order(url, method, body=None, tls=None):
    """Has an emulator do something; returns what it says."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE, context=tls) as response:
        text = response.read()
    return json.loads(text) if text else None


def read_emulator(process):
    metadata = None
    for line in process.stdout:
        words = line.decode().split()
        # The first is the B2C tenant's sign-in policy.
        if words[:1] == ["metadata"] and metadata is None:
            metadata = words[1]
        if words[:1] == ["control"]:
            return metadata, words[1]
    raise RuntimeError("the emulator has ended")


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def wait_for(is_so, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if is_so():
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.05)
