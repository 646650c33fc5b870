// Who is logged in on this page. The tokens are in this file's memory: there is no cookie that another
// site could make the browser send. What is left for who comes next is one token that has ended: it opens
// nothing, and shows at the next login that this browser is known (docs/accounts.md, guessing).

const API = "/api/v1";
const PATIENCE_MS = 20_000;
const ENDED_TOKEN = "ended-token";

let tokens = null;
let renewing = null;
/** Gives up, with the login, what was asked for in its name. */
let stay = new AbortController();

/** Why the API refused a request, in words for the reader; the status is 0 if it did not respond. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(inWords(status, problem));
    this.status = status;
  }
}

/** Whoever asked has logged out meanwhile. */
export class Gone extends Error {}

/** Come in, and return the organizations that one belongs to. */
export async function logIn(credentials) {
  const body = { ...credentials, ...knownDevice() };
  tokens = accepted(await send("POST", "/auth/login", { body }));
  return tokens.organizations;
}

export async function switchTo(organizationId) {
  // A refresh token is good once: who uses it waits for who does, and is waited for.
  while (renewing !== null) await renewing.catch(() => {});
  await (renewing = exchanged(tokens, "/auth/switch", { organization_id: organizationId }));
}

/** End the login, here at once; the request outlives the page. */
export function logOut() {
  // An answer from now on would log in again, or be asked for once more in the name of who is next.
  stay.abort(new Gone());
  stay = new AbortController();
  if (tokens === null) return;
  const body = { refresh_token: tokens.refresh_token };
  tokens = null;
  // Whoever is gone does not read that it failed; the login then ends by itself.
  send("POST", "/auth/logout", { body, keepalive: true })
    .then(({ ok }) => ok && keepEnded(body.refresh_token))
    .catch(() => {});
}

/** Send a request in the name of who is logged in; an access token that is too old is renewed. */
export async function ask(method, path, body) {
  const used = tokens;
  const response = await send(method, path, { body, token: used?.access_token });
  if (response.status !== 401 || used === null) return accepted(response);
  // A refresh token is good once, so that those who find it too old together renew it together.
  if (tokens === used) await (renewing ??= exchanged(used, "/auth/refresh"));
  return accepted(await send(method, path, { body, token: tokens?.access_token }));
}

/** Exchange tokens for the next ones. */
async function exchanged(old, path, wish = {}) {
  try {
    const body = { ...wish, refresh_token: old?.refresh_token };
    const pair = accepted(await send("POST", path, { body }));
    keepEnded(body.refresh_token);
    // Somebody may have logged in meanwhile.
    if (tokens === old) tokens = pair;
  } finally {
    renewing = null;
  }
}

function knownDevice() {
  try {
    const ended = localStorage.getItem(ENDED_TOKEN);
    return ended && { refresh_token: ended };
  } catch {
    // The browser keeps nothing for this page.
    return {};
  }
}

/** Keep a token that was used or whose login is over, and no other. */
function keepEnded(token) {
  try {
    localStorage.setItem(ENDED_TOKEN, token);
  } catch {
    // This browser stays unknown.
  }
}

async function send(method, path, { body, token, keepalive = false }) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const late = AbortSignal.timeout(PATIENCE_MS);
  const signal = keepalive ? late : AbortSignal.any([late, stay.signal]);
  const content = body && JSON.stringify(body);
  const options = { method, headers, body: content, credentials: "omit", keepalive, signal };
  try {
    const response = await fetch(API + path, options);
    // An answer that breaks off is none.
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch {
    throw signal.reason instanceof Gone ? signal.reason : new Refusal(0, {});
  }
}

function accepted({ ok, status, text }) {
  if (!ok) throw new Refusal(status, problemIn(text));
  return JSON.parse(text);
}

/** What a proxy answers need not be of the API. */
function problemIn(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function inWords(status, problem) {
  if (status === 0) return "The service does not respond.";
  const fields = Object.entries(problem.errors ?? {});
  const wrong = fields.map(([field, problems]) => `${field}: ${[problems].flat().join(" ")}`);
  return [problem.detail ?? problem.title ?? `The request failed (${status}).`, ...wrong].join(" ");
}
