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
    # The program's name; `find` looks for it in `FOLDERS`, then in the system's folders.
    binary: str
    files: list
    arguments: list
    options: list = field(default_factory=list)
    # What the table changes in the files besides the ports.
    changes: dict = field(default_factory=dict)
    # What a service that speaks gRPC needs.
    grpc: dict = field(default_factory=dict)

    def command(self, folder):
        if self.binary == "nginx":
            (folder / "nginx.conf").write_text(NGINX)
        return [find(self.binary), *(argument.format(folder=folder) for argument in self.arguments)]

    def gateway_options(self, world):
        return [option.format(port=world.gateway_port) for option in self.options]


NGINX_GRPC = {
    "listen 127.0.0.1:8080;": "listen 127.0.0.1:8080 http2;",
    "proxy_pass http://127.0.0.1:3000;": "grpc_pass grpc://127.0.0.1:3000;",
    # With grpc_pass, another directive sets the headers.
    **{
        f"proxy_set_header {header} {value};": f"proxy_set_header {header} {value};\ngrpc_set_header {header} {value};"
        for header, value in [
            ("X-Auth-Subject", "$b2c_auth_subject"),
            ("X-Auth-Scopes", "$b2c_auth_scopes"),
            ("X-Auth-Roles", "$b2c_auth_roles"),
            ("Authorization", "$b2c_auth_authorization"),
        ]
    },
}
CADDY_GRPC = {
    "http://:8080 {": "{\n\tservers {\n\t\tprotocols h1 h2c\n\t}\n}\n\nhttp://:8080 {",
    "reverse_proxy 127.0.0.1:3000": "reverse_proxy h2c://127.0.0.1:3000",
}
ENVOY_SERVICE_GRPC = {
    "- name: service\n      load_assignment:": """- name: service
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
      load_assignment:""",
}
ENVOY_HTTP = ["-c", "http.yaml", "--concurrency", "1", "-l", "warn", "--use-dynamic-base-id"]
ENVOY_GRPC = ["-c", "grpc.yaml", "--concurrency", "1", "-l", "warn", "--use-dynamic-base-id"]
GRPC = ["--grpc-listen", "127.0.0.1:{port}"]
HTTP = ["--listen", "127.0.0.1:{port}", "--forwarded"]

PROXIES = [
    Proxy("nginx", "nginx", ["nginx/site.conf", "nginx/b2c_auth_params"], ["-p", "{folder}", "-c", "nginx.conf"], [*HTTP, "nginx"], grpc=NGINX_GRPC),
    Proxy("Caddy", "caddy", ["caddy/Caddyfile"], ["run", "--config", "Caddyfile"], [*HTTP, "caddy"], grpc=CADDY_GRPC),
    Proxy("Traefik", "traefik", ["traefik/traefik.yml", "traefik/dynamic.yml"], ["--configFile=traefik.yml"], [*HTTP, "traefik"], grpc={"http://127.0.0.1:3000": "h2c://127.0.0.1:3000"}),
    Proxy("HAProxy", "haproxy", ["haproxy/haproxy.cfg", "haproxy/b2c-auth.lua"], ["-db", "-f", "haproxy.cfg"], [*HTTP, "haproxy"], grpc={"server service 127.0.0.1:3000": "server service 127.0.0.1:3000 proto h2"}),
    Proxy("Envoy HTTP", "envoy", ["envoy/http.yaml"], ENVOY_HTTP, [*HTTP, "envoy"], grpc=ENVOY_SERVICE_GRPC),
    Proxy("Envoy gRPC", "envoy", ["envoy/grpc.yaml"], ENVOY_GRPC, GRPC, grpc=ENVOY_SERVICE_GRPC),
    # Nobody should let Envoy fail open. This shows that the answers which the gateway does give hold even then.
    Proxy("fail open", "envoy", ["envoy/grpc.yaml"], ENVOY_GRPC, GRPC, {"status_on_error:": "failure_mode_allow: true\n                      status_on_error:"}, ENVOY_SERVICE_GRPC),
]

# Where the wheels put them.
FOLDERS = []


def find(name):
    path = shutil.which(name, path=":".join(map(str, FOLDERS))) or shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise SystemExit(f"{name} is not installed; see tests/proxies/README.md")
    return Path(path)
