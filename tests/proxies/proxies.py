"""How each proxy is started, with the files in deploy/."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

NGINX = """
daemon off;
user root;
pid nginx.pid;
error_log stderr;
worker_processes 1;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


@dataclass
class Proxy:
    name: str
    # Beside the system's and the ones that are told.
    binary: str
    files: list
    arguments: list
    options: list = field(default_factory=list)
    # What the table changes in the files besides the ports.
    changes: dict = field(default_factory=dict)

    def command(self, folder):
        if self.binary == "nginx":
            (folder / "nginx.conf").write_text(NGINX)
        return [find(self.binary), *(argument.format(folder=folder) for argument in self.arguments)]

    def gateway_options(self, world):
        return [option.format(port=world.gateway_port) for option in self.options]


ENVOY_HTTP = ["-c", "http.yaml", "--concurrency", "1", "-l", "warn", "--use-dynamic-base-id"]
ENVOY_GRPC = ["-c", "grpc.yaml", "--concurrency", "1", "-l", "warn", "--use-dynamic-base-id"]
GRPC = ["--grpc-listen", "127.0.0.1:{port}"]
HTTP = ["--listen", "127.0.0.1:{port}", "--forwarded"]

PROXIES = [
    Proxy("nginx", "nginx", ["nginx/site.conf"], ["-p", "{folder}", "-c", "nginx.conf"], [*HTTP, "nginx", "--nginx"]),
    Proxy("Caddy", "caddy", ["caddy/Caddyfile"], ["run", "--config", "Caddyfile"], [*HTTP, "caddy"]),
    Proxy("Traefik", "traefik", ["traefik/traefik.yml", "traefik/dynamic.yml"], ["--configFile=traefik.yml"], [*HTTP, "traefik"]),
    Proxy("HAProxy", "haproxy", ["haproxy/haproxy.cfg", "haproxy/b2c-auth.lua"], ["-db", "-f", "haproxy.cfg"], [*HTTP, "haproxy"]),
    Proxy("Envoy HTTP", "envoy", ["envoy/http.yaml"], ENVOY_HTTP, [*HTTP, "envoy"]),
    Proxy("Envoy gRPC", "envoy", ["envoy/grpc.yaml"], ENVOY_GRPC, GRPC),
    # What nobody should do: the answers that the gateway does give hold all the same.
    Proxy("fail open", "envoy", ["envoy/grpc.yaml"], ENVOY_GRPC, GRPC, {"status_on_error:": "failure_mode_allow: true\n                      status_on_error:"}),
]

# Where the wheels put them.
FOLDERS = []


def find(name):
    path = shutil.which(name, path=":".join(map(str, FOLDERS))) or shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise SystemExit(f"{name} is not installed; see tests/proxies/README.md")
    return Path(path)
