"""What must be there before the clients run: packages, a tool for certificates, programs built from this repository."""

import os
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CLIENTS = ROOT / "tests/clients"
# One folder for three workspaces: what they have in common is built once.
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
DEBIAN = {"chromium": "chromium", "certutil": "libnss3-tools", "unshare": "util-linux", "node": "nodejs", "npm": "npm"}


@dataclass
class Programs:
    """Where they are."""

    emulator: Path = TARGET / "debug/b2c-auth"
    api: Path = TARGET / "debug/b2c-spa"
    openidconnect: Path = TARGET / "debug/client-openidconnect"
    python: Path = CLIENTS / ".venv/bin/python"


def everything():
    missing = [package for program, package in DEBIAN.items() if not shutil.which(program)]
    if missing:
        sys.exit(f"install these first (Debian's names): {' '.join(missing)}")
    if subprocess.run(["unshare", "--map-root-user", "--mount", "true"], check=False).returncode:
        sys.exit("unshare may not make namespaces here: allow unprivileged user namespaces, or run this as root")
    step("Node packages", node_packages)
    step("Python packages", python_packages)
    step("the emulator", lambda: cargo(ROOT, "-p", "b2c-auth-cli"))
    step("the API and its page", lambda: cargo(ROOT / "examples/spa"))
    step("the client openidconnect", lambda: cargo(CLIENTS / "openidconnect"))
    return Programs()


def step(name, action):
    started = time.monotonic()
    action()
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def node_packages():
    for folder in [CLIENTS, ROOT / "examples/spa"]:
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], folder)


def python_packages():
    if not Programs.python.exists():
        venv.create(CLIENTS / ".venv", with_pip=True)
    pip = [Programs.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    run([*pip, "--require-hashes", "--requirement", "requirements.txt"], CLIENTS)


def cargo(folder, *arguments):
    run(["cargo", "build", "--locked", "--quiet", *arguments], folder, {**os.environ, "CARGO_TARGET_DIR": str(TARGET)})


def run(command, folder, environment=None):
    subprocess.run(list(map(str, command)), cwd=folder, env=environment, check=True)
