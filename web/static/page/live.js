// Hints of a stream, or else polling, make a page fetch itself and renew its live regions.
import { fetchPage } from "./fetch.js";

const POLL = 5000;
const PATIENCE = 10000;
const REFUSED = 30000;
const MOST_WAIT = 300;
const url = document.body.dataset.live;
let source, poll, patience, refused, waiting;
let version = Number(document.body.dataset.version) || null;
let lost = false, running = false, again = false, ended = false, remembered = false;

/** Say how the page learns of changes: live, polling or stale. */
function link(state) {
  document.documentElement.dataset.link = state;
}

function well() {
  link(lost ? "stale" : poll ? "polling" : "live");
}

/** Fetch the page, or another one that shows the same regions, and renew what it shows. */
export async function refresh({ to = location.href, ifChanged = true } = {}) {
  if (running) return void (again = true);
  running = true;
  const found = await fetchPage(to, { ifChanged }).catch(() => null);
  running = false;
  if (again) {
    again = false;
    hint();
  }
  const elsewhere = found && new URL(found.url).pathname !== new URL(to, location).pathname;
  if (found?.status === 401 || elsewhere) end();
  else if (found?.status === 200) show(found.page);
  else if (found?.status !== 304) link("stale");
}

function show(page) {
  for (const region of document.querySelectorAll("live-region[id]")) {
    const next = page.getElementById(region.id);
    if (next) region.renew(next);
  }
  document.title = page.title;
  const icon = page.querySelector('link[rel="icon"]');
  if (icon) document.querySelector('link[rel="icon"]').href = icon.getAttribute("href");
  version = Number(page.body.dataset.version) || version;
  if (document.documentElement.dataset.link === "stale") well();
}

/** Wait a moment first: all who look at this organization were told at once. */
function hint() {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    refresh();
  }, Math.random() * MOST_WAIT);
}

function seen(v) {
  if (v === version) return;
  const known = version !== null;
  version = v;
  if (known) hint();
}

function heard() {
  patience = clearTimeout(patience);
  poll = clearInterval(poll);
  lost = false;
  well();
}

function listen() {
  source = new EventSource(url, { withCredentials: true });
  patience ??= setTimeout(startPolling, PATIENCE);
  source.onopen = heard;
  // The first message has the version: what changed since the page was made is not missed.
  source.onmessage = ({ data }) => {
    heard();
    version ??= -1;
    seen(JSON.parse(data).v);
  };
  source.onerror = () => {
    patience ??= setTimeout(startPolling, PATIENCE);
    // One that was refused is not opened again by the browser.
    if (source.readyState === EventSource.CLOSED) refused = setTimeout(listen, REFUSED);
  };
  source.addEventListener("lost", () => {
    lost = true;
    well();
  });
}

function startPolling() {
  if (poll || ended) return;
  poll = setInterval(ask, POLL);
  lost = false;
  well();
  ask();
}

async function ask() {
  try {
    const answer = await fetch("/live/v", { cache: "no-store" });
    if (answer.status === 401) return end();
    if (!answer.ok) throw new Error(answer.status);
    well();
    seen((await answer.json()).v);
  } catch {
    link("stale");
  }
}

function stop() {
  source?.close();
  source = undefined;
  clearTimeout(refused);
  patience = clearTimeout(patience);
  poll = clearInterval(poll);
}

/** The session is over: what stands here is not renewed, and what the browser only remembers goes. */
function end() {
  ended = true;
  stop();
  link("stale");
  if (remembered) location.reload();
}

function start() {
  if (ended) return;
  if (url) listen();
  else startPolling();
}

if (url !== undefined) {
  document.addEventListener("visibilitychange", () => {
    stop();
    if (!document.hidden) {
      refresh();
      start();
    }
  });
  addEventListener("pageshow", ({ persisted }) => {
    remembered = persisted;
    if (persisted) refresh();
  });
  addEventListener("pagehide", stop);
  if (!document.hidden) start();
}
