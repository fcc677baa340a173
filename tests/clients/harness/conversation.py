"""Runs a client's program, and does for it what it does not do itself. The two talk in JSON, one line each way."""

import json
import subprocess
import threading

from .user_agent import UserAgent


def converse(command, environment, setup, emulator, log, seconds):
    """Runs the program to its end, and returns what it reported of each case."""
    child = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        env=environment,
        text=True,
    )
    watchdog = threading.Timer(seconds, child.kill)
    watchdog.start()
    reports = {}
    tenant = emulator.tenant(setup["authority"])
    agent = UserAgent(emulator.ca)
    try:
        send(child, setup)
        for line in child.stdout:
            message = json.loads(line)
            if "case" in message:
                reports[message["case"]] = message
            else:
                send(child, answer(message, tenant, agent))
        if child.wait(timeout=seconds):
            reports["the program"] = {"error": log.read_text()[-2000:] or "it was stopped, because it took too long"}
    except (BrokenPipeError, json.JSONDecodeError) as error:
        reports["the program"] = {"error": f"{error!r}"}
    finally:
        watchdog.cancel()
        child.kill()
        child.wait()
        tenant.heal()
    return reports


def send(child, message):
    child.stdin.write(json.dumps(message) + "\n")
    child.stdin.flush()


def answer(message, tenant, agent):
    try:
        match message["ask"]:
            case "browse":
                return agent.browse(message["url"], message.get("choose"))
            case "rotate":
                return tenant.rotate()
            case "outage":
                return tenant.outage()
            case "heal":
                return tenant.heal()
            case "token":
                return tenant.token(message["scope"])
            case "requests":
                return tenant.requests()
    except Exception as error:  # noqa: BLE001 - whatever it is, the case that asked has failed.
        return {"error": f"{error}"}
    return {"error": "nobody knows how"}
