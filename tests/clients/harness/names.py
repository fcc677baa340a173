"""Names of real tenants, which lead to this machine for one program and no other."""

from pathlib import Path

B2C = "contoso.b2clogin.com"
CUSTOM_DOMAIN = "login.contoso.example"
EXTERNAL_ID = "contosocustomers.ciamlogin.com"


def leading_here(command, folder):
    """The command, in a mount namespace with a hosts file of its own."""
    hosts = Path(folder) / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {B2C} {CUSTOM_DOMAIN} {EXTERNAL_ID}\n")
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(hosts), *map(str, command)]
