// A page of another origin in headless Chromium, which calls the API and reads how it is refused (CORS, Fetch standard).

import assert from "node:assert/strict";
import { createServer, request as forward } from "node:http";

import { launch } from "./chromium.mjs";
import { ask, check, setup } from "./harness.mjs";

/** Serves an empty page. */
const page = (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>A page</title>");

/** The API, except that its answers do not say which headers a page may read. */
function unexposed(request, response) {
  const { method, headers } = request;
  const onward = forward(setup.api + request.url, { method, headers }, (answer) => {
    delete answer.headers["access-control-expose-headers"];
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  request.pipe(onward);
}

/** Listens, and says at which origin. */
async function serve(answer, port = 0) {
  const server = createServer(answer).listen(port, "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  return `http://127.0.0.1:${server.address().port}`;
}

/** What a page of this origin gets from `fetch`. */
async function from(origin) {
  const tab = await browser.newPage();
  await tab.goto(origin);
  return (url, options = {}) =>
    tab.evaluate(
      async ([url, options]) => {
        try {
          const response = await fetch(url, options);
          return { status: response.status, challenge: response.headers.get("www-authenticate") };
        } catch (error) {
          return { error: error.name };
        }
      },
      [url, options],
    );
}

const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
const TASKS = `${setup.api}/tasks`;
const browser = await launch();
const call = await from(await serve(page, new URL(setup.otherPage).port));
const { access_token: token } = await ask("token", { scope: "tasks.read" });

await check("preflight", async () => {
  // `Authorization` from another origin needs one.
  assert.deepEqual(await call(TASKS, bearer(token)), { status: 200, challenge: null });
});

await check("no token", async () => {
  assert.deepEqual(await call(TASKS), { status: 401, challenge: "Bearer" });
});

await check("bad token", async () => {
  const refused = await call(TASKS, bearer(`${token.slice(0, -8)}AAAAAAAA`));
  assert.equal(refused.status, 401);
  assert.match(refused.challenge, /^Bearer .*error="invalid_token"/);
});

await check("missing scope", async () => {
  const headers = { ...bearer(token).headers, "content-type": "application/json" };
  const refused = await call(`${TASKS}/new`, { method: "POST", headers, body: JSON.stringify({ text: "a task" }) });
  assert.equal(refused.status, 403);
  assert.match(refused.challenge, /error="insufficient_scope".*scope="[^"]*tasks\.write/);
});

await check("not exposed", async () => {
  const tasks = `${await serve(unexposed)}/tasks`;
  assert.deepEqual(await call(tasks, bearer(token)), { status: 200, challenge: null });
  // The answers have the challenge, and the page cannot read it.
  assert.equal((await fetch(tasks)).headers.get("www-authenticate"), "Bearer");
  for (const options of [{}, bearer("no.good.token")]) {
    assert.deepEqual(await call(tasks, options), { status: 401, challenge: null });
  }
});

await check("not allowed", async () => {
  const stranger = await from(await serve(page));
  for (const options of [{}, bearer(token)]) {
    assert.deepEqual(await stranger(TASKS, options), { error: "TypeError" });
  }
});

await browser.close();
process.exit();
