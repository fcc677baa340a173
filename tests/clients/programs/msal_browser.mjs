// MSAL Browser: the page of examples/spa in headless Chromium, which is told nothing but where the page is.

import assert from "node:assert/strict";

import * as chromium from "./chromium.mjs";
import { accepted, ask, check, claims, keyId, NO_SESSION, setup, tokenRequests } from "./harness.mjs";

const { TIMEOUT } = chromium;
const browsers = [];

/** A browser that knows nobody. */
async function launch() {
  const browser = await chromium.launch();
  browsers.push(browser);
  return browser;
}

async function open(browser) {
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => console.error(error));
  await tab.goto(setup.api);
  await ready(tab);
  return tab;
}

const ready = (tab) => tab.locator("body[data-ready]").waitFor();

/** Deletes everything that the page has stored, except which tenant was chosen. */
async function forget(tab) {
  await tab.evaluate((name) => {
    localStorage.clear();
    localStorage.setItem("tenant", name);
  }, setup.tenant);
  await tab.reload();
  await ready(tab);
}

/** Goes to the tenant's page. */
async function leave(tab) {
  await tab.getByRole("button", { name: setup.tenant }).click();
  await tab.locator("#cancel").waitFor();
}

/** Presses what the tenant's page offers, and comes back. */
async function press(tab, button) {
  await tab.locator(button).click();
  await tab.waitForURL(`${setup.api}/`);
  await ready(tab);
}

async function signIn(tab) {
  await leave(tab);
  await press(tab, `button[name=user]:has-text("${setup.user}")`);
  await tab.locator("#signed-in").waitFor();
}

/** Runs in the page, with the page's own MSAL client. What it throws comes back as `{ error }`. */
const inPage = (tab, action, argument) =>
  tab.evaluate(
    async ([source, argument]) => {
      const auth = await import("/auth.js");
      try {
        return await new Function(`return ${source}`)()(auth, argument);
      } catch (error) {
        return { error: error.errorCode ?? error.name, message: error.message };
      }
    },
    [action.toString(), argument],
  );

const silently = (tab, options = {}) =>
  inPage(
    tab,
    ({ client, account, scopes }, options) =>
      client.acquireTokenSilent({ account: account(), scopes: scopes("tasks.read"), ...options }),
    options,
  );

const ssoSilent = (tab) => inPage(tab, ({ client, scopes }) => client.ssoSilent({ scopes: scopes("tasks.read") }));

/** What the page says after its button was pressed. */
async function renew(tab) {
  await tab.locator("#status").evaluate((element) => (element.textContent = ""));
  await tab.locator("#renew").click();
  await tab.locator("#status:not(:empty)").waitFor();
  return tab.locator("#status").textContent();
}

const RENEWED = "The token was renewed.";
const tab = await open(await launch());
let first;

await check("sign in", async () => {
  await signIn(tab);
  first = await silently(tab);
  assert.equal(first.account?.name, setup.user);
  assert.equal(first.idTokenClaims.tfp ?? null, setup.policy);
  assert.equal(claims(first.accessToken).scp, "tasks.read");
  assert.equal(claims(first.accessToken).aud, setup.audience);
});

await check("call the API", async () => {
  await accepted(first.accessToken);
  assert.equal(await tab.locator("#user").textContent(), setup.user);
});

await check("cached token", async () => {
  const before = await tokenRequests();
  const again = await silently(tab);
  assert.equal(again.fromCache, true);
  assert.equal(again.accessToken, first.accessToken);
  // Also after the page was loaded anew.
  await tab.reload();
  await ready(tab);
  assert.equal((await silently(tab)).accessToken, first.accessToken);
  assert.equal(await tokenRequests(), before);
});

await check("forced refresh", async () => {
  for (let round = 0; round < 2; round += 1) {
    const before = await tokenRequests();
    assert.equal(await renew(tab), RENEWED);
    assert.equal(await tokenRequests(), before + 1);
    await accepted((await silently(tab)).accessToken);
  }
});

await check("another scope", async () => {
  // The page learns from the API's challenge which scope is missing.
  await tab.locator("#text").fill(`from ${setup.tenant}`);
  await tab.getByRole("button", { name: "Add" }).click();
  await tab.locator("#tasks li", { hasText: `from ${setup.tenant}` }).waitFor();
});

if (setup.policy) {
  await check("wrong user flow", async () => {
    const missing = await inPage(tab, async ({ tenant, scopes }) => {
      const authority = tenant.authority.replace(/B2C_1_\w+$/, "B2C_1_nobody_made_this");
      const knownAuthorities = [new URL(authority).host];
      const auth = { clientId: tenant.clientId, authority, knownAuthorities };
      const client = await msal.createStandardPublicClientApplication({ auth });
      await client.ssoSilent({ scopes: scopes("tasks.read") });
    });
    assert.equal(missing.error, "endpoints_resolution_error", missing.message);
    // What one user flow gave is worth nothing at another.
    const elsewhere = await inPage(
      tab,
      ({ client, account, scopes }, authority) =>
        client.acquireTokenSilent({
          account: account(),
          scopes: scopes("tasks.read"),
          authority,
          forceRefresh: true,
          cacheLookupPolicy: msal.CacheLookupPolicy.RefreshToken,
        }),
      setup.otherAuthority,
    );
    assert.equal(elsewhere.error, "invalid_grant", elsewhere.message);
    assert.match(elsewhere.message, /AADB2C90088/);
    assert.equal(await renew(tab), RENEWED);
  });
}

await check("after a rotation", async () => {
  const { kid } = await ask("rotate");
  assert.equal(await renew(tab), RENEWED);
  const renewed = await silently(tab);
  assert.equal(keyId(renewed.accessToken), kid);
  await accepted(renewed.accessToken);
  await accepted(first.accessToken);
});

await check("after an outage", async () => {
  await ask("outage");
  assert.notEqual(await renew(tab), RENEWED);
  const cached = await silently(tab);
  assert.equal(cached.fromCache, true, cached.message);
  await accepted(cached.accessToken);
  await ask("heal");
  // MSAL asks again when the time in `Retry-After` has passed.
  for (const end = Date.now() + TIMEOUT; (await renew(tab)) !== RENEWED; ) assert.ok(Date.now() < end);
  await accepted((await silently(tab)).accessToken);
});

await check("two tabs", async () => {
  const other = await open(tab.context());
  await other.locator("#signed-in").waitFor();
  assert.equal((await silently(other)).accessToken, (await silently(tab)).accessToken);
  const both = await Promise.all([tab, other].map((each) => silently(each, { forceRefresh: true })));
  for (const { accessToken, message } of both) {
    assert.ok(accessToken, message);
    await accepted(accessToken);
  }
  await other.close();
});

await check("ssoSilent", async () => {
  const again = await open(tab.context());
  // The page has forgotten the user, the tenant has not.
  await forget(again);
  assert.equal(await inPage(again, ({ account }) => account()), null);
  const found = await ssoSilent(again);
  assert.equal(found.account?.name, setup.user, found.message);
  await accepted(found.accessToken);
  await again.close();
});

await check("no session", async () => {
  const stranger = await open(await launch());
  await forget(stranger);
  const none = await ssoSilent(stranger);
  assert.equal(none.error, NO_SESSION, none.message);
  await stranger.context().close();
});

await check("cancel", async () => {
  const stranger = await open(await launch());
  await leave(stranger);
  await press(stranger, "#cancel");
  assert.equal(await stranger.locator("#status").textContent(), "You cancelled the sign-in.");
  await signIn(stranger);
  await stranger.context().close();
});

if (setup.policy) {
  await check("forgotten password", async () => {
    const stranger = await open(await launch());
    await leave(stranger);
    await press(stranger, "#forgot-password");
    assert.match(await stranger.locator("#status").textContent(), /^You forgot your password/);
    await stranger.context().close();
  });
}

await check("sign out", async () => {
  await tab.reload();
  await tab.locator("#signed-in").waitFor();
  await tab.locator("#sign-out").click();
  await tab.locator("#signed-out").waitFor();
  await ready(tab);
  assert.equal(new URL(tab.url()).origin, setup.api);
  const none = await ssoSilent(tab);
  assert.equal(none.error, NO_SESSION, none.message);
});

await Promise.all(browsers.map((browser) => browser.close()));
process.exit();
