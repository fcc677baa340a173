"""How a client's program talks with the harness: a line of JSON each way."""

import base64
import json
import sys
import traceback

import requests


def receive():
    return json.loads(sys.stdin.readline())


def send(message):
    print(json.dumps(message), flush=True)


setup = receive()

# How the tenant answers `prompt=none` when nobody is signed in.
NO_SESSION = "interaction_required" if setup["policy"] else "login_required"


def ask(what, **details):
    """Asks the harness to do something that no client does: to be the user at the browser, to rotate keys, to break the tenant."""
    send({"ask": what, **details})
    answer = receive()
    if "error" in answer:
        raise RuntimeError(f"{what}: {answer['error']}")
    return answer


def check(name, run):
    """Runs a case, and tells the harness how it ended."""
    try:
        run()
        send({"case": name})
    except Exception:
        send({"case": name, "error": traceback.format_exc(limit=-3)})
        # The other cases cannot run without a sign-in.
        if name == "sign in":
            sys.exit()


def same(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r} instead of {expected!r}")


def call_api(token, body=None):
    """The API's status, and whose token it was according to the API."""
    headers = {"authorization": f"Bearer {token}"}
    if body:
        return requests.post(setup["api"] + "/tasks/new", json=body, headers=headers, timeout=20).status_code, None
    answer = requests.get(setup["api"] + "/tasks", headers=headers, timeout=20)
    return answer.status_code, answer.json()["user"] if answer.ok else None


def accepted(token):
    same(call_api(token), (200, setup["user"]))


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def claims(token):
    return part(token, 1)


def key_id(token):
    return part(token, 0)["kid"]


def token_requests():
    return ask("requests")["tokenRequests"]
