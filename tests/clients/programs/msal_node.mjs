// MSAL Node: a web application with a secret.

import assert from "node:assert/strict";

import { ConfidentialClientApplication, CryptoProvider } from "@azure/msal-node";

import { accepted, ask, callApi, check, claims, keyId, NO_SESSION, setup, tokenRequests } from "./harness.mjs";

const { authority, clientId, secret, redirectUri, read, write } = setup;

const application = (authority) =>
  new ConfidentialClientApplication({
    auth: { clientId, authority, clientSecret: secret, knownAuthorities: [new URL(authority).host] },
  });

const client = application(authority);

/** The whole code flow, with the harness as the user at the browser. */
async function signIn() {
  const crypto = new CryptoProvider();
  const { verifier, challenge } = await crypto.generatePkceCodes();
  const [state, nonce] = [crypto.createNewGuid(), crypto.createNewGuid()];
  const request = { scopes: [read], redirectUri, state, nonce };
  const url = await client.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: "S256", responseMode: "query" });
  const { params } = await ask("browse", { url, choose: setup.user });
  return client.acquireTokenByCode({ ...request, code: params.code, codeVerifier: verifier }, { ...params, nonce });
}

let first;
const silently = (options = {}) => client.acquireTokenSilent({ account: first.account, scopes: [read], ...options });

await check("sign in", async () => {
  first = await signIn();
  assert.equal(first.account.name, setup.user);
  assert.equal(first.fromCache, false);
  assert.equal(claims(first.accessToken).scp, "tasks.read");
  assert.equal(claims(first.accessToken).aud, setup.audience);
  assert.equal(first.idTokenClaims.aud, clientId);
  assert.equal(first.idTokenClaims.tfp ?? null, setup.policy);
});

await check("call the API", async () => {
  await accepted(first.accessToken);
  assert.equal((await callApi(first.accessToken, { text: "not allowed" })).status, 403);
  assert.notEqual((await callApi(first.idToken)).status, 200);
});

await check("cached token", async () => {
  const before = await tokenRequests();
  const again = await silently();
  assert.equal(again.fromCache, true);
  assert.equal(again.accessToken, first.accessToken);
  assert.equal(await tokenRequests(), before);
});

await check("forced refresh", async () => {
  for (let round = 0; round < 2; round += 1) {
    const before = await tokenRequests();
    const renewed = await silently({ forceRefresh: true });
    assert.equal(renewed.fromCache, false);
    assert.equal(await tokenRequests(), before + 1);
    await accepted(renewed.accessToken);
  }
});

await check("another scope", async () => {
  const more = await silently({ scopes: [read, write] });
  assert.deepEqual(claims(more.accessToken).scp.split(" ").sort(), ["tasks.read", "tasks.write"]);
  assert.equal((await callApi(more.accessToken, { text: "write it down" })).status, 201);
});

if (setup.policy) {
  await check("wrong user flow", async () => {
    const missing = application(authority.replace(/B2C_1_\w+$/, "B2C_1_nobody_made_this"));
    await assert.rejects(missing.getAuthCodeUrl({ scopes: [read], redirectUri }), { errorCode: "endpoints_resolution_error" });
    // What one user flow gave is worth nothing at another.
    const elsewhere = { authority: setup.otherAuthority, forceRefresh: true };
    await assert.rejects(silently(elsewhere), { errorCode: "invalid_grant", errorMessage: /AADB2C90088/ });
    await accepted((await silently({ forceRefresh: true })).accessToken);
  });
}

await check("after a rotation", async () => {
  const { kid } = await ask("rotate");
  const renewed = await silently({ forceRefresh: true });
  assert.equal(keyId(renewed.accessToken), kid);
  await accepted(renewed.accessToken);
  await accepted(first.accessToken);
});

await check("after an outage", async () => {
  await ask("outage");
  await assert.rejects(silently({ forceRefresh: true }));
  assert.equal((await silently()).fromCache, true);
  await accepted(first.accessToken);
  await ask("heal");
  await accepted((await silently({ forceRefresh: true })).accessToken);
});

await check("sign out", async () => {
  await client.getTokenCache().removeAccount(first.account);
  await assert.rejects(silently());
  // MSAL Node does not end the tenant's session: the application sends the browser to the tenant's logout URL.
  await ask("browse", { url: `${authority}/oauth2/v2.0/logout` });
  const url = await client.getAuthCodeUrl({ scopes: [read], redirectUri, prompt: "none" });
  assert.equal((await ask("browse", { url })).params.error, NO_SESSION);
});

process.exit();
