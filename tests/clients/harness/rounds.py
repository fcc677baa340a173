"""Which clients run against which tenants, and which cases each must pass."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_ports

from .conversation import converse
from .names import leading_here
from .programs import Api, Emulator, is_b2c

CLIENTS = Path(__file__).resolve().parents[1]
USER = "Alex Example"
POLICY = "B2C_1_signupsignin1"
SECONDS = 180

COMMON = ["sign in", "call the API", "forced refresh", "another scope", "after a rotation", "after an outage", "sign out"]
MSAL = [*COMMON, "cached token"]
IN_A_BROWSER = ["ssoSilent", "no session", "two tabs", "cancel"]
OF_ANOTHER_ORIGIN = ["preflight", "no token", "bad token", "missing scope", "not exposed", "not allowed"]
# A tenant of External ID has no user flow in its URLs, and its own pages reset passwords.
OF_USER_FLOWS = ["wrong user flow"]


@dataclass
class Client:
    """A program, how it is registered, and what it must pass."""

    command: list
    redirect_uri: str
    cases: list
    b2c_cases: list = field(default_factory=lambda: OF_USER_FLOWS)


def clients(programs):
    def node(name):
        return ["node", CLIENTS / f"programs/{name}.mjs"]

    python = [programs.python, CLIENTS / "programs/msal_python.py"]
    web, other_web = "http://localhost:3001/auth/callback", "http://localhost:8000/auth/callback"
    native = "http://127.0.0.1:8400/callback"
    return {
        "MSAL Node": Client(node("msal_node"), web, MSAL),
        "MSAL Python": Client(python, other_web, MSAL),
        "MSAL Browser": Client(
            node("msal_browser"), "", [*MSAL, *IN_A_BROWSER], [*OF_USER_FLOWS, "forgotten password"]
        ),
        PAGE: Client(node("page_elsewhere"), "", OF_ANOTHER_ORIGIN, []),
        "openid-client": Client(node("openid_client"), web, COMMON),
        "openidconnect": Client([programs.openidconnect], native, COMMON),
    }


# Not a client of a tenant, but a page that calls the API from another origin.
PAGE = "Page elsewhere"
NAMES = ["MSAL Node", "MSAL Python", "MSAL Browser", PAGE, "openid-client", "openidconnect"]


@dataclass
class Found:
    """What a client said of a tenant, and what it should have passed."""

    reports: dict
    expected: list
    seconds: float


# How a table is headed, and what is different there: whether the tenants have their real names, and whether they please strict clients.
TABLES = {
    "on localhost": {"named": False, "strict": False},
    "under its real name": {"named": True, "strict": False},
    "with --strict-openid": {"named": False, "strict": True},
}


def all_rounds(programs, names):
    """Each client with each tenant that it takes: `{title: {client: Found}}`."""
    found = {}
    # Chromium may still write when it has been told to end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for at, (title, table) in enumerate(TABLES.items()):
            chosen = {name: client for name, client in clients(programs).items() if name in names}
            with Tenants(programs, Path(folder) / str(at), **table) as tenants:
                for name, client in chosen.items():
                    for tenant in tenants.api.tenants:
                        if takes(name, tenant, **table):
                            column = tenants.try_client(name, client, tenant)
                            found.setdefault(f"{tenant['name']} {title}", {})[name] = column
    return found


def takes(name, tenant, named, strict):
    """Strict clients refuse B2C as it is, except for openid-client at B2C's own host. What a page sees does not depend on the tenant's name."""
    if name == PAGE:
        return not named and not strict
    if name == "openid-client" and named:
        return is_b2c(tenant)
    return strict == clients_are_strict(name)


def clients_are_strict(name):
    return name.startswith("openid")


class Tenants:
    """An emulator with both tenants, and the API that takes their tokens."""

    def __init__(self, programs, folder, named, strict):
        self.programs, self.folder, self.named, self.strict = programs, folder, named, strict

    def __enter__(self):
        self.folder.mkdir()
        port, page_port = free_ports(2)
        self.other_page = f"http://127.0.0.1:{page_port}"
        arguments = ["--strict-openid"] if self.strict else []
        self.emulator = Emulator(self.programs.emulator, self.folder, f"http://localhost:{port}", *arguments)
        try:
            self.api = Api(self.programs.api, self.folder, self.emulator, port, self.other_page, self.named)
        except BaseException:
            self.emulator.program.stop()
            raise
        trust_in_a_profile(self.emulator.ca, self.folder)
        return self

    def __exit__(self, *_):
        self.api.program.stop()
        self.emulator.program.stop()

    def try_client(self, name, client, tenant):
        print(f"{name}: {tenant['authority']}", file=sys.stderr, flush=True)
        started = time.monotonic()
        log = self.folder / f"{name}.log".replace(" ", "-")
        command = leading_here(client.command, self.folder) if self.named else client.command
        reports = converse(command, self.environment(), self.setup(client, tenant), self.emulator, log, SECONDS)
        expected = client.cases + (client.b2c_cases if is_b2c(tenant) else [])
        return Found(reports, expected, time.monotonic() - started)

    def setup(self, client, tenant):
        return {
            "authority": tenant["authority"],
            # The issuer as `--strict-openid` writes it: the URL that the metadata is below.
            "issuer": tenant["authority"] + "/v2.0",
            "otherAuthority": tenant["authority"].replace(POLICY, "B2C_1_editprofile1"),
            "policy": POLICY if is_b2c(tenant) else None,
            "tenant": tenant["name"],
            "clientId": tenant["clientId"],
            "secret": "emulator-secret",
            "redirectUri": client.redirect_uri,
            "audience": tenant["audience"],
            "read": tenant["scopePrefix"] + "tasks.read",
            "write": tenant["scopePrefix"] + "tasks.write",
            "api": self.api.base,
            "otherPage": self.other_page,
            "user": USER,
            "ca": self.emulator.ca,
        }

    def environment(self):
        """A client trusts the emulator's authority in the way that it documents; Chromium by the profile below this home."""
        trusted = {name: self.emulator.ca for name in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"]}
        return {**os.environ, **trusted, "HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}


def trust_in_a_profile(ca, home):
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    for arguments in [["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "emulator", "-i", ca]]:
        subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True)
