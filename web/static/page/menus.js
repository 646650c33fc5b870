// Closes menus as people expect, and opens dialogs where a browser does not know `command` yet.

/** Return a dialog that waits in a template, where it costs a page nothing until it is opened. */
export function dialog(id) {
  const waiting = document.getElementById("dialogs")?.content.getElementById(id);
  if (waiting) document.body.append(waiting);
  return document.getElementById(id);
}

function close(menu) {
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
  const button = event.target.closest?.("button[commandfor]");
  if (!button || "commandForElement" in button) return;
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "show-modal") dialog?.showModal();
  else dialog?.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  close(menu);
  event.stopImmediatePropagation();
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest?.("details.menu[open]");
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
});
