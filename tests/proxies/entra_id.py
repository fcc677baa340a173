"""The emulator as https://login.microsoftonline.com, for a gateway that reaches the network through this proxy."""

import contextlib
import socket
import socketserver
import ssl
import subprocess
import threading
from urllib.parse import urlsplit

from world import API, order, read_emulator

SEED = """
[[tenant]]
kind = "entra-id"
name = "ours"
id = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
custom_domain = "login.microsoftonline.com"
"""
CLIENT = "22223333-cccc-4444-dddd-5555eeee6666"
POLICY = f"""
<validate-azure-ad-token tenant-id="organizations">
    <client-application-ids><application-id>{CLIENT}</application-id></client-application-ids>
    <audiences><audience>{API}</audience></audiences>
</validate-azure-ad-token>
"""


class EntraId:
    def __init__(self, world):
        seed = world.folder / "entra-id.toml"
        seed.write_text(SEED)
        self.policy = world.folder / "policy.xml"
        self.policy.write_text(POLICY)
        folder = world.folder / "ca"
        command = [world.binary, "emulator", "--https", "--ca-folder", folder, "--seed", seed, "--listen", "127.0.0.1:0"]
        _, self.control = read_emulator(world.spawn("entra-id", command, stdout=subprocess.PIPE))
        # In a folder named after the hosts that it is for.
        (self.ca,) = folder.glob("*/ca.pem")
        self.proxy = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel)
        self.proxy.daemon_threads = True
        self.proxy.emulator = ("127.0.0.1", urlsplit(self.control).port)
        threading.Thread(target=self.proxy.serve_forever, daemon=True).start()

    def environment(self):
        """What leads the gateway to this Entra ID."""
        port = self.proxy.server_address[1]
        return {"HTTPS_PROXY": f"http://127.0.0.1:{port}", "SSL_CERT_FILE": str(self.ca)}

    def token(self, tenant, **claims):
        wanted = {"tenant_id": tenant, "audience": API, "claims": {"oid": "the-user", "azp": CLIENT, **claims}}
        return order(self.control + "tokens", "POST", wanted, ssl.create_default_context(cafile=self.ca))["access_token"]

    def stop(self):
        self.proxy.shutdown()
        self.proxy.server_close()


class Tunnel(socketserver.StreamRequestHandler):
    """Connects the gateway to the emulator, whatever host it asks for (RFC 9110 section 9.3.6)."""

    # What follows the head is left in the socket.
    rbufsize = 0

    def handle(self):
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(self.server.emulator) as emulator:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=copy, args=(emulator, self.connection), daemon=True)
            back.start()
            copy(self.connection, emulator)
            back.join()


def copy(source, target):
    # Either end may go first.
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
