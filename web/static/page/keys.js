// Keyboard shortcuts. The dialog of `?` lists them and can turn them off.
import { dialog } from "./menus.js";

const PLACES = { o: "/", m: "/monitors", i: "/incidents", c: "/on-call", s: "/reports", ",": "/settings" };
const ROWS = "main :is([data-row], #monitors > *)";
const PAUSE = 1500;
let going = 0;

function typing(target) {
  const other = "[type=checkbox],[type=radio],[type=button],[type=submit]";
  return target.isContentEditable || (target.matches?.("input,textarea,select") && !target.matches(other));
}

function row() {
  return document.activeElement?.closest(ROWS);
}

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  const at = rows.indexOf(row());
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  (next?.querySelector("[data-open]") ?? next?.querySelector("a"))?.focus();
}

function range(by) {
  const links = [...document.querySelectorAll("main .seg a")];
  links[links.findIndex((link) => link.hasAttribute("aria-current")) + by]?.click();
}

function act(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const found = row()?.querySelector(wanted) ?? document.querySelector(`main ${wanted}`);
  found?.focus();
  found?.click();
  return found;
}

const ACTS = {
  "?": () => dialog("keys")?.showModal(),
  "/": () => {
    const field = document.querySelector("main [data-search]");
    if (field) field.focus();
    else document.querySelector("command-palette")?.show();
  },
  j: () => step(1),
  k: () => step(-1),
  x: () => row()?.querySelector("[type=checkbox]")?.click(),
  "[": () => act("[") || range(-1),
  "]": () => act("]") || range(1),
  g: () => void (going = Date.now()),
  Escape: () => document.querySelector(".crumbs li:nth-last-child(2) a")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.body.dataset.shortcuts === "off" || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const { key } = event;
  if (Date.now() - going < PAUSE && key in PLACES) {
    going = 0;
    location.assign(PLACES[key]);
  } else if (key === "Enter" && event.target.matches("[type=checkbox]") && row()) row().querySelector("[data-open], .main a, #monitors a")?.click();
  else if (key in ACTS) ACTS[key]();
  else if (key.length !== 1 || !act(key)) return;
  event.preventDefault();
});
