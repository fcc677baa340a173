// Signing in and getting tokens: one MSAL client, for the tenant that the user chose last.

const { createStandardPublicClientApplication, InteractionRequiredAuthError } = globalThis.msal;

const CHOICE = "tenant";

export const tenants = await (await fetch("tenants.json")).json();
export const tenant = tenants.find(({ name }) => name === localStorage.getItem(CHOICE)) ?? tenants[0];

export const client = await createStandardPublicClientApplication({
  auth: {
    clientId: tenant.clientId,
    authority: tenant.authority,
    // Not one of Microsoft's own hosts for work accounts, so MSAL must be told. With the port, or it does not match.
    knownAuthorities: [new URL(tenant.authority).host],
    redirectUri: new URL("redirect.html", location.href).href,
    postLogoutRedirectUri: new URL(".", location.href).href,
  },
  cache: { cacheLocation: "localStorage" },
});

/** Reads what came back from the tenant, if the user is just coming from there, and sets the active account. */
export async function comeBack() {
  const response = await client.handleRedirectPromise();
  client.setActiveAccount(response?.account ?? client.getActiveAccount() ?? client.getAllAccounts()[0] ?? null);
}

export const account = () => client.getActiveAccount();

/** Leaves for the tenant's sign-in page. Another tenant is another client, so the page is loaded anew for it. */
export async function signIn(name) {
  if (name !== tenant.name) {
    localStorage.setItem(CHOICE, name);
    location.hash = "sign-in";
    location.reload();
    return;
  }
  await client.loginRedirect({ scopes: scopes("tasks.read") });
}

export const signOut = () => client.logoutRedirect({ account: account() });

/** An access token from the cache, from the refresh token, or from the tenant's session; leaves for the tenant if nobody else can help. */
export async function token(names, options = {}) {
  const request = { scopes: scopes(names), account: account(), ...options };
  try {
    return (await client.acquireTokenSilent(request)).accessToken;
  } catch (error) {
    if (error instanceof InteractionRequiredAuthError) {
      await client.acquireTokenRedirect(request);
    }
    throw error;
  }
}

/** The tenant wants scopes by their full names; tokens and challenges have the short ones. */
export const scopes = (names) => names.split(" ").map((name) => tenant.scopePrefix + name);
