// Headless Chromium.

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

/** How long it may take to do what it is told, in milliseconds. */
export const TIMEOUT = 60_000;

// Chrome's default. Debian's Chromium withholds cookies from the iframe of ssoSilent, whose scheme is not the page's, unless the user allows them; private
// windows always withhold them.
const PREFERENCES = { profile: { cookie_controls_mode: 0 } };

/** A browser that knows nobody. */
export async function launch() {
  const profile = await mkdtemp(join(homedir(), "chromium-"));
  await mkdir(join(profile, "Default"));
  await writeFile(join(profile, "Default/Preferences"), JSON.stringify(PREFERENCES));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    args: [
      // Containers have no user namespaces for it.
      "--no-sandbox",
      "--disable-gpu",
      // Everything is on this machine: Chromium need not look for anything elsewhere.
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  browser.setDefaultTimeout(TIMEOUT);
  return browser;
}
