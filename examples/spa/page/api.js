// Calls to the API.

import { token } from "./auth.js";

/** Calls the API. If it says which scopes are needed, asks the tenant for a token with these and tries once more. */
export async function call(path, body) {
  let response = await send(path, body, await token("tasks.read"));
  const missing = missingScope(response);
  if (missing) {
    response = await send(path, body, await token(missing));
  }
  if (!response.ok) {
    throw new Error(`the API answered ${response.status}`);
  }
  return response;
}

function send(path, body, accessToken) {
  const headers = { authorization: `Bearer ${accessToken}` };
  if (body === undefined) {
    return fetch(path, { headers });
  }
  headers["content-type"] = "application/json";
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** From `Bearer error="insufficient_scope", …, scope="tasks.read tasks.write"` (RFC 6750 section 3.1). */
function missingScope(response) {
  const challenge = response.headers.get("www-authenticate") ?? "";
  const insufficient = response.status === 403 && challenge.includes('error="insufficient_scope"');
  return insufficient ? challenge.match(/\bscope="([^"]+)"/)?.[1] : undefined;
}
