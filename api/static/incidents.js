// The page of the incidents: a client of the API like any other.

import { at, made, say, show, showTimeline } from "./incident.js";
import { ask, Gone, logIn, logOut, Refusal, switchTo } from "./login.js";

const PAUSE_MS = 15_000;
const PAGE = 50;
const TITLE = document.title;

const element = (id) => document.getElementById(id);
const login = element("login");
const board = element("board");
/** Articles by the id of their incident. */
const articles = new Map();
let pages = 1;
let mayWrite = false;
/** Counts the looks: the answer to any but the last is not shown. */
let looks = 0;
let timer;

login.addEventListener("submit", async (event) => {
  event.preventDefault();
  await once(login, () => begin(enter));
  look();
});
element("organization").addEventListener("change", async () => {
  await once(board, change);
  look();
});
element("ended").addEventListener("change", restart);
element("more").addEventListener("click", () => {
  pages += 1;
  look();
});
element("logout").addEventListener("click", () => leave(""));
window.addEventListener("pagehide", () => leave(""));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
login.hidden = false;

async function enter() {
  const { email, password, code } = Object.fromEntries(new FormData(login));
  const organizations = await logIn({ email, password, ...(code && { code }) });
  const options = organizations.map(({ organization: { id, name } }) => new Option(name, id));
  element("organization").replaceChildren(...options);
  login.reset();
}

/** Act for the organization that is chosen; one may choose another meanwhile, as the arrow keys do. */
async function change() {
  const chosen = element("organization").value;
  await begin(() => switchTo(chosen));
  if (!board.hidden && element("organization").value !== chosen) await change();
}

/** Come in, and say for which organization one acts then. */
async function begin(comeIn) {
  clear();
  try {
    await comeIn();
    const me = await ask("GET", "/me");
    if (board.hidden) element("organization").value = me.organization.id;
    mayWrite = me.permissions.includes("incident:write");
  } catch (problem) {
    // Nobody could tell which organization the page is about.
    if (!(problem instanceof Gone)) leave(inWords(problem));
    return;
  }
  login.hidden = true;
  board.hidden = false;
}

function restart() {
  pages = 1;
  look();
}

function leave(why) {
  logOut();
  clear();
  element("organization").replaceChildren();
  document.title = TITLE;
  board.hidden = true;
  login.hidden = false;
  say(element("problem"), why);
}

function clear() {
  clearTimeout(timer);
  looks += 1;
  pages = 1;
  articles.clear();
  element("list").replaceChildren();
  for (const id of ["count", "stale", "fresh"]) say(element(id), "");
}

/** Show what is so now, and again in a while. */
async function look() {
  // The name above is that of another organization until one has come in there.
  if (board.hidden || board.ariaBusy === "true") return;
  clearTimeout(timer);
  looks += 1;
  const mine = looks;
  try {
    const [incidents, isAll] = await listed();
    if (mine !== looks) return;
    showAll(incidents, isAll);
    await Promise.all(incidents.map(({ id }) => showOpenTimeline(id)));
  } catch (problem) {
    if (mine === looks) tell(problem, (words) => say(element("stale"), words));
  }
  if (mine === looks) timer = setTimeout(look, PAUSE_MS);
}

async function listed() {
  const filter = element("ended").checked ? "" : "&open=true";
  const items = [];
  let cursor = null;
  for (let page = 0; page < pages; page += 1) {
    const after = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const found = await ask("GET", `/incidents?limit=${PAGE}${filter}${after}`);
    items.push(...found.items);
    cursor = found.next_cursor;
    if (cursor === null) break;
  }
  return [items, cursor === null];
}

function showAll(incidents, isAll) {
  incidents.forEach(follow);
  const ids = new Set(incidents.map(({ id }) => id));
  for (const [id, article] of articles) {
    if (!ids.has(id)) {
      article.remove();
      articles.delete(id);
    }
  }
  incidents.forEach(showOne);
  const open = incidents.filter(({ ended_at }) => ended_at === null).length;
  document.title = open ? `(${open}) ${TITLE}` : TITLE;
  say(element("count"), isAll ? `${open} open` : `${open} or more open`);
  say(element("stale"), "");
  say(element("fresh"), `Last updated ${at(Date.now())}.`);
  element("more").hidden = isAll;
}

/** What gets worse is another incident from then on: who writes a note about it goes on writing. */
function follow({ id, monitor, ended_at }) {
  if (ended_at !== null || articles.has(id)) return;
  const before = [...articles.values()].find(({ dataset }) => dataset.down === monitor.id);
  if (!before) return;
  articles.delete(before.dataset.incident);
  articles.set(id, before);
}

function showOne(incident, place) {
  const list = element("list");
  const article = articles.get(incident.id) ?? madeFor(incident.id);
  show(article, incident, { mayWrite });
  if (list.children[place] === article) return;
  // Moving an article takes the focus from it.
  const focused = document.activeElement;
  list.insertBefore(article, list.children[place] ?? null);
  if (article.contains(focused)) focused.focus({ preventScroll: true });
}

function madeFor(id) {
  const article = made((...decision) => once(article, () => act(article, ...decision)));
  const timeline = article.querySelector("details");
  timeline.addEventListener("toggle", () =>
    once(timeline, () => showOpenTimeline(article.dataset.incident)),
  );
  articles.set(id, article);
  return article;
}

async function showOpenTimeline(id) {
  const article = articles.get(id);
  if (!article?.querySelector("details").open) return;
  showTimeline(article, (await ask("GET", `/incidents/${id}`)).timeline);
}

async function act(article, deed, note, minutes) {
  const path = `/incidents/${article.dataset.incident}`;
  const { timeline } = await {
    acknowledge: () => ask("POST", `${path}/acknowledge`, { note }),
    snooze: () => ask("POST", `${path}/snooze`, { note, minutes }),
    undo: () => ask("DELETE", `${path}/acknowledge`),
  }[deed]();
  // Somebody else may have been first, and then nobody reads what was written here.
  if (timeline.some((entry) => entry.note === note)) article.querySelector("form").reset();
  look();
}

/** Do what was asked for; again only when that is done. Say why where it fails. */
async function once(busy, deed) {
  if (busy.ariaBusy === "true") return;
  busy.ariaBusy = "true";
  say(element("problem"), "");
  try {
    await deed();
  } catch (problem) {
    tell(problem, (words) => say(element("problem"), words));
  } finally {
    busy.ariaBusy = "false";
  }
}

function tell(problem, what) {
  if (problem instanceof Gone) return;
  if (problem instanceof Refusal && problem.status === 401) leave("Your session has ended. Log in again.");
  else what(inWords(problem));
}

function inWords(problem) {
  if (problem instanceof Refusal) return problem.message;
  console.error(problem);
  return "Something on this page failed. Reload it.";
}
