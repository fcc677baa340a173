"""Ports for programs that have to be told one."""

import random
import socket
from pathlib import Path

# Browsers refuse some ports up to 10080.
LOWEST = 10_081
HIGHEST = 65_535


def free_ports(count):
    """Free ports outside the range from which the system picks ports for port 0 and for clients, so that they stay free until the programs listen."""
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    outside = [port for port in range(LOWEST, HIGHEST + 1) if not first <= port <= last]
    ports = []
    for port in random.sample(outside, len(outside)):
        if len(ports) == count:
            return ports
        if is_free(port):
            ports.append(port)
    raise RuntimeError(f"{count} free ports are wanted between {LOWEST} and {HIGHEST}, outside {first} to {last}")


def free_port():
    return free_ports(1)[0]


def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False
