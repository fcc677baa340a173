// How a client's program talks with the harness: a line of JSON each way.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const receive = async () => JSON.parse((await lines.next()).value);
const send = (message) => console.log(JSON.stringify(message));

/** Where the tenant and the API are, and how this client is registered. */
export const setup = await receive();

/** How the tenant answers `prompt=none` when nobody is signed in. */
export const NO_SESSION = setup.policy ? "interaction_required" : "login_required";

/** Asks the harness to do something that no client does: to be the user at the browser, to rotate keys, to break the tenant. */
export async function ask(what, details = {}) {
  send({ ask: what, ...details });
  const answer = await receive();
  if (answer.error) throw new Error(`${what}: ${answer.error}`);
  return answer;
}

/** Runs a case, and tells the harness how it ended. */
export async function check(name, run) {
  try {
    await run();
    send({ case: name });
  } catch (error) {
    send({ case: name, error: [error.message, error.stack, error.cause].filter(Boolean).join("\n") });
    // The other cases cannot run without a sign-in.
    if (name === "sign in") process.exit();
  }
}

/** Tells the harness what a client made of something of B2C's own shape: `accepted`, or how it refused. */
export async function verdict(name, run) {
  try {
    await run();
    send({ case: name, verdict: "accepted" });
  } catch (error) {
    const reason = [error.message, error.cause?.message ?? error.cause?.attribute].filter(Boolean).join(": ");
    send({ case: name, verdict: "refused", reason });
  }
}

/** Calls the API; returns the status, and whose token it was according to the API. */
export async function callApi(token, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const request = body ? { method: "POST", body: JSON.stringify(body), headers } : { headers };
  const response = await fetch(setup.api + (body ? "/tasks/new" : "/tasks"), request);
  return { status: response.status, user: response.status === 200 ? (await response.json()).user : undefined };
}

/** Fails unless the API accepts the token as this user's. */
export async function accepted(token, user = setup.user) {
  assert.deepEqual(await callApi(token), { status: 200, user });
}

export const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
export const keyId = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid;

/** How often the tenant's token endpoint was asked. */
export const tokenRequests = async () => (await ask("requests")).tokenRequests;
