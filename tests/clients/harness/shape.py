"""What strict OpenID clients refuse of B2C's own shape, and that they accept it with `--strict-openid`."""

import sys
import tempfile
from pathlib import Path

from . import names
from .conversation import converse
from .rounds import CLIENTS, SECONDS, Tenants

# What each client says: as B2C has it, and with `--strict-openid`. None means that the client does not reach the case, or has no function for it.
REFUSED, ACCEPTED = "refused", "accepted"
EXPECTED = {
    "discovery, localhost": [(REFUSED, ACCEPTED), (REFUSED, ACCEPTED)],
    "discovery, contoso.b2clogin.com": [(ACCEPTED, ACCEPTED), (REFUSED, ACCEPTED)],
    "discovery, a custom domain": [(REFUSED, ACCEPTED), (REFUSED, ACCEPTED)],
    "discovery, External ID": [(REFUSED, ACCEPTED), (REFUSED, ACCEPTED)],
    "discovery, the metadata's URL": [(ACCEPTED, ACCEPTED), (None, None)],
    "metadata that list S256": [(REFUSED, ACCEPTED), (None, None)],
    "keys without alg": [(ACCEPTED, ACCEPTED), (None, ACCEPTED)],
    "sign-in without an API's scope": [(REFUSED, ACCEPTED), (None, ACCEPTED)],
}
NAMES = ["openid-client", "openidconnect"]
FIRST, WIDTH = 32, 12


def ask_all(programs):
    """`{case: {(client, strict): report}}`"""
    found = {case: {} for case in EXPECTED}
    with tempfile.TemporaryDirectory() as folder:
        for strict in [False, True]:
            with Tenants(programs, Path(folder) / f"strict-{strict}", named=False, strict=strict) as tenants:
                for name in NAMES:
                    print(f"{name}: B2C's shape, {'strict' if strict else 'as it is'}", file=sys.stderr, flush=True)
                    for case, report in ask(programs, tenants, name).items():
                        found.setdefault(case, {})[name, strict] = report
    return found


def ask(programs, tenants, name):
    b2c, external_id = tenants.api.tenants
    authority = b2c["authority"]
    if name == "openid-client":
        command, redirect = ["node", CLIENTS / "programs/openid_client_shape.mjs"], "http://localhost:3001/auth/callback"
    else:
        command, redirect = [programs.openidconnect, "shape"], "http://127.0.0.1:8400/callback"
    setup = {
        "authority": authority,
        "clientId": b2c["clientId"],
        "secret": "emulator-secret",
        "redirectUri": redirect,
        "read": b2c["scopePrefix"] + "tasks.read",
        "user": "Alex Example",
        "ca": tenants.emulator.ca,
        "issuers": {
            "discovery, localhost": authority + "/v2.0",
            "discovery, contoso.b2clogin.com": authority.replace("localhost", names.B2C) + "/v2.0",
            "discovery, a custom domain": authority.replace("localhost", names.CUSTOM_DOMAIN) + "/v2.0",
            "discovery, External ID": external_id["authority"] + "/v2.0",
        },
        "metadataUrl": authority + "/v2.0/.well-known/openid-configuration",
    }
    log = tenants.folder / f"{name}-shape.log"
    command = names.leading_here(command, tenants.folder)
    return converse(command, tenants.environment(), setup, tenants.emulator, log, SECONDS)


def show(found):
    """Prints the table, and below it what was not expected; returns the exit status."""
    print("\nB2C's own shape, as it is and with --strict-openid")
    print(" " * FIRST + "".join(f"{name:<{2 * WIDTH}}" for name in NAMES).rstrip())
    troubles, reasons = [], []
    for case, reports in found.items():
        row = f"{case:<{FIRST}}"
        for at, name in enumerate(NAMES):
            for strict in [False, True]:
                report = reports.get((name, strict), {})
                verdict = report.get("verdict")
                expected = EXPECTED[case][at][strict] if case in EXPECTED else None
                row += f"{verdict or '-':<{WIDTH}}"
                if verdict != expected or "error" in report:
                    why = report.get("error") or report.get("reason") or ""
                    troubles.append(f"{case}, {name}, strict {strict}: {verdict} instead of {expected}: {why}")
                elif verdict == REFUSED:
                    reasons.append(f"{name}, {case}: {report['reason']}")
        print(row.rstrip())
    for line in ["", *reasons, *troubles]:
        print(line[:240])
    print(f"\n{len(troubles)} cells are not as they should be" if troubles else "\nall cells are as they should be")
    return 1 if troubles else 0
