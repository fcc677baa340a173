// openid-client: a web application with a secret. It has no cache of tokens; renewing is asking with the refresh token.

import assert from "node:assert/strict";

import * as oidc from "openid-client";

import { accepted, ask, callApi, check, claims, keyId, NO_SESSION, setup } from "./harness.mjs";

const { clientId, secret, redirectUri, read, write, issuer } = setup;

// It verifies signatures of ID tokens only where it is told to, because they come over TLS from the tenant itself.
const discover = (server = issuer) =>
  oidc.discovery(new URL(server), clientId, secret, undefined, { execute: [oidc.enableNonRepudiationChecks] });

let client = await discover();

async function signIn(options = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: `openid offline_access ${read}`,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...options,
  });
  const answer = await ask("browse", { url: url.href, choose: options.prompt ? undefined : setup.user });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return oidc.authorizationCodeGrant(client, new URL(answer.url), checks);
}

let first;
let refreshToken;

async function renewed(scope) {
  const answer = await oidc.refreshTokenGrant(client, refreshToken, scope && { scope });
  refreshToken = answer.refresh_token;
  return answer.access_token;
}

await check("sign in", async () => {
  first = await signIn();
  refreshToken = first.refresh_token;
  assert.equal(first.claims().name, setup.user);
  assert.equal(first.claims().aud, clientId);
  assert.equal(claims(first.access_token).scp, "tasks.read");
});

await check("call the API", async () => {
  await accepted(first.access_token);
  assert.equal((await callApi(first.access_token, { text: "not allowed" })).status, 403);
  assert.notEqual((await callApi(first.id_token)).status, 200);
});

await check("forced refresh", async () => {
  const used = refreshToken;
  await accepted(await renewed());
  assert.notEqual(refreshToken, used);
  await accepted(await renewed());
});

await check("another scope", async () => {
  const more = await renewed(`openid offline_access ${read} ${write}`);
  assert.deepEqual(claims(more).scp.split(" ").sort(), ["tasks.read", "tasks.write"]);
  assert.equal((await callApi(more, { text: "write it down" })).status, 201);
});

if (setup.policy) {
  await check("wrong user flow", async () => {
    await assert.rejects(discover(issuer.replace(/B2C_1_\w+/i, "B2C_1_nobody_made_this")), { code: "OAUTH_RESPONSE_IS_NOT_CONFORM" });
  });
}

await check("after a rotation", async () => {
  const { kid } = await ask("rotate");
  // It looks for new keys at most once a minute: if it has just looked, it learns the new key only by discovering the tenant again.
  client = await discover();
  const again = await signIn();
  assert.equal(keyId(again.id_token), kid);
  await accepted(again.access_token);
  await accepted(first.access_token);
});

await check("after an outage", async () => {
  await ask("outage");
  await assert.rejects(renewed());
  await accepted(first.access_token);
  await ask("heal");
  await accepted(await renewed());
});

await check("sign out", async () => {
  const url = oidc.buildEndSessionUrl(client, { id_token_hint: first.id_token });
  await ask("browse", { url: url.href });
  await assert.rejects(signIn({ prompt: "none" }), { error: NO_SESSION });
});

process.exit();
