// What openid-client makes of B2C's own shape.

import assert from "node:assert/strict";

import * as oidc from "openid-client";

import { ask, setup, verdict } from "./harness.mjs";

const { clientId, secret, redirectUri, issuers, metadataUrl } = setup;
const discover = (url) => oidc.discovery(new URL(url), clientId, secret);

for (const [name, issuer] of Object.entries(issuers)) {
  await verdict(name, () => discover(issuer));
}

await verdict("discovery, the metadata's URL", () => discover(metadataUrl));

// Discovered by the metadata's URL. All that follows uses this client.
const client = await discover(metadataUrl);

await verdict("metadata that list S256", () => assert.ok(client.serverMetadata().supportsPKCE(), "it goes on without PKCE"));

async function redeem(scope) {
  const verifier = oidc.randomPKCECodeVerifier();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce,
  });
  const answer = await ask("browse", { url: url.href, choose: setup.user });
  return oidc.authorizationCodeGrant(client, new URL(answer.url), { pkceCodeVerifier: verifier, expectedNonce: nonce });
}

await verdict("keys without alg", async () => {
  oidc.enableNonRepudiationChecks(client);
  await redeem(`openid ${setup.read}`);
});

await verdict("sign-in without an API's scope", () => redeem("openid"));

process.exit();
