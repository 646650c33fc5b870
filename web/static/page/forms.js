// Nothing typed is lost, and nothing is sent twice.

import { dialog } from "./menus.js";

let checked;

document.addEventListener("input", ({ target }) => {
  target.closest?.("form[data-unsaved]")?.setAttribute("data-dirty", "");
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-dirty]:not([data-sending])")) event.preventDefault();
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) release(form);
});

function release(form) {
  form.removeAttribute("data-sending");
  for (const button of form.querySelectorAll("button[aria-disabled]"))
    button.removeAttribute("aria-disabled");
}

/** Without any answer, the browser tells what is wrong. */
async function loggedIn() {
  try {
    return (await fetch("/session", { cache: "no-store" })).status !== 401;
  } catch {
    return true;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const submitter = event.submitter;
  const method = submitter?.getAttribute("formmethod") ?? form.getAttribute("method");
  if (event.defaultPrevented || method?.toLowerCase() !== "post") return;
  if (form.hasAttribute("data-sending")) return event.preventDefault();
  form.setAttribute("data-sending", "");
  if (form.hasAttribute("data-unsaved") && checked !== form) {
    event.preventDefault();
    const may = await loggedIn();
    release(form);
    const again = !may && dialog("login-again");
    if (again) return again.showModal();
    checked = form;
    form.requestSubmit(submitter);
    checked = undefined;
    return;
  }
  submitter?.setAttribute("aria-disabled", "true");
});

addEventListener("focus", async () => {
  const again = document.querySelector("#login-again[open]");
  if (again && (await loggedIn())) again.close();
});

// The next portion of a long act.
document.querySelector("form[data-continue]")?.requestSubmit();
