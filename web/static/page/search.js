// Lists narrow as one types or chooses: the live regions show the page of the new address.
import { refresh } from "./live.js";

const PAUSE = 100;
let timer;

async function renew(form) {
  const fields = [...new FormData(form)].filter(([, value]) => value !== "");
  const to = new URL(form.action);
  to.search = new URLSearchParams(fields);
  history.replaceState(history.state, "", to);
  if (!document.querySelector("live-region:not(#truth)")) location.reload();
  else await refresh({ to: to.href, ifChanged: false });
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-renew]");
  if (!form) return;
  clearTimeout(timer);
  timer = setTimeout(renew, target.matches("select") ? 0 : PAUSE, form);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-renew]")) return;
  event.preventDefault();
  clearTimeout(timer);
  renew(event.target);
});
