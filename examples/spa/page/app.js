// What the user sees.

import { account, comeBack, signIn, signOut, tenant, tenants, token } from "./auth.js";
import { call } from "./api.js";

const element = (id) => document.getElementById(id);
const say = (text) => (element("status").textContent = text);

/** Runs what a button does, and tells the user what went wrong. */
async function attempt(action) {
  say("");
  try {
    await action();
  } catch (error) {
    say(explain(error));
  }
}

function explain(error) {
  const text = `${error.errorMessage ?? ""} ${error.message}`;
  if (text.includes("AADB2C90118")) return "You forgot your password. Reset it, then sign in again.";
  // At B2C with AADB2C90091.
  if (error.errorCode === "access_denied") return "You cancelled the sign-in.";
  return error.message;
}

async function showTasks() {
  const { user, tasks } = await (await call("tasks")).json();
  element("user").textContent = user;
  element("tasks").replaceChildren(
    ...tasks.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

function show() {
  const signedIn = account() !== null;
  element("signed-in").hidden = !signedIn;
  element("signed-out").hidden = signedIn;
  element("user").textContent = account()?.name ?? "";
  element("tenant").textContent = tenant.name;
}

element("tenants").replaceChildren(
  ...tenants.map(({ name }) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.textContent = `Sign in with ${name}`;
    button.onclick = () => attempt(() => signIn(name));
    return button;
  }),
);
element("sign-out").onclick = () => attempt(signOut);
element("renew").onclick = () =>
  attempt(async () => {
    await token("tasks.read", { forceRefresh: true });
    say("The token was renewed.");
  });
element("add").onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    await call("tasks/new", { text: element("text").value });
    element("text").value = "";
    await showTasks();
  });
};

await attempt(async () => {
  await comeBack().finally(show);
  if (account()) {
    await showTasks();
  } else if (location.hash === "#sign-in") {
    history.replaceState(null, "", ".");
    await signIn(tenant.name);
  }
});
document.body.dataset.ready = "";
