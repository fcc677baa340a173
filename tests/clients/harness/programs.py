"""The programs that the clients talk to."""

import json
import re
import ssl
import subprocess
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

from . import names

ROOT = Path(__file__).resolve().parents[3]
SEED = ROOT / "crates/b2c-emulator/src/seed/default.toml"
SPA = ROOT / "examples/spa"


class Emulator:
    """`b2c-auth emulator --https` with the default seed, in which the page's address is replaced."""

    def __init__(self, program, folder, page, *arguments):
        seed = Path(folder) / "seed.toml"
        seed.write_text(SEED.read_text().replace("http://localhost:3000", page))
        self.tenants = tomllib.loads(seed.read_text())["tenant"]
        command = [program, "emulator", "--https", "--ephemeral", str(Path(folder) / "ca.pem"), "--seed", str(seed), *arguments]
        self.program = Program(command, Path(folder) / "emulator.log")
        self.control = self.program.find(r"https://\S+/emulator/")
        self.base = self.control.removesuffix("/emulator/")
        self.ca = self.program.find(r"(?<=SSL_CERT_FILE=)\S+")
        self.tls = ssl.create_default_context(cafile=self.ca)
        if self.ask("GET", "ca.pem") != Path(self.ca).read_text():
            raise RuntimeError("/emulator/ca.pem is another certificate than the one that was printed")

    def ask(self, method, path, body=None):
        """The text of an answer of the control endpoint."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} if data else {}
        request = urllib.request.Request(self.control + path, data, headers, method=method)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        try:
            return opener.open(request, timeout=20).read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:200]}") from error

    def tenant(self, authority):
        """The tenant of this authority."""
        for tenant in self.tenants:
            if any(f"/{part}/" in authority + "/" for part in [tenant["name"] + ".onmicrosoft.com", tenant["id"]]):
                return Tenant(self, tenant["name"])
        raise RuntimeError(f"no tenant has the authority {authority}")


class Tenant:
    """What the harness does to a tenant while a client runs."""

    def __init__(self, emulator, name):
        self.emulator = emulator
        self.query = f"?tenant={name}"

    def rotate(self):
        return json.loads(self.emulator.ask("POST", "rotate" + self.query))

    def outage(self):
        fault = {"status": {"code": 503, "retry_after": 1}}
        self.emulator.ask("POST", "faults" + self.query, {"endpoint": "all", "fault": fault})
        return {}

    def heal(self):
        self.emulator.ask("DELETE", "faults" + self.query)
        return {}

    def token(self, scope):
        return json.loads(self.emulator.ask("POST", "tokens" + self.query, {"scope": scope}))

    def requests(self):
        counted = json.loads(self.emulator.ask("GET", "requests" + self.query))
        return {"tokenRequests": sum(counted["token"].values())}


class Api:
    """The API and the page of `examples/spa`, for the tenants of an emulator; `named` if these have their real names. `other_page` may call it too."""

    def __init__(self, program, folder, emulator, port, other_page, named=False):
        config = json.loads((SPA / "app.json").read_text())
        config["listen"] = f"127.0.0.1:{port}"
        config["otherPages"] = [other_page]
        for tenant in config["tenants"]:
            base = emulator.base
            if named:
                name = names.B2C if is_b2c(tenant) else names.EXTERNAL_ID
                base = base.replace("localhost", name)
            tenant["authority"] = tenant["authority"].replace("https://localhost:8443", base)
        self.tenants = config["tenants"]
        file = Path(folder) / "app.json"
        file.write_text(json.dumps(config))
        command = [program, file, emulator.ca]
        self.program = Program(names.leading_here(command, folder) if named else command, Path(folder) / "api.log")
        self.base = self.program.find(r"http://localhost:\d+")


def is_b2c(tenant):
    return "/B2C_1_" in tenant["authority"]


class Program:
    """A child process that prints a line when it is ready; its standard error goes into a log."""

    def __init__(self, command, log):
        self.log = log
        self.child = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=log.open("w"), text=True
        )

    def find(self, pattern):
        """Waits for a line with this, and says what matched."""
        for line in self.child.stdout:
            if found := re.search(pattern, line):
                return found.group()
        raise RuntimeError(f"{self.child.args[0]} ended: {self.log.read_text()[-1000:]}")

    def stop(self):
        self.child.kill()
        self.child.wait()
