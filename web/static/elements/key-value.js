// Adds and removes rows of a list of names and values without asking the server.

class KeyValue extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const remove = event.target.closest("[data-remove]");
      const add = event.target.closest('button[name="more"]');
      if (!remove && !add) return;
      event.preventDefault();
      if (add) this.#add(add);
      else this.#remove(remove.closest(".pair"));
      this.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  #add(button) {
    const row = [...this.querySelectorAll(".pair")].at(-1).cloneNode(true);
    for (const input of row.querySelectorAll("input")) input.value = "";
    button.before(row);
    row.querySelector("input").focus();
  }

  #remove(row) {
    const rows = [...this.querySelectorAll(".pair")];
    const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
    if (next) row.remove();
    else for (const input of row.querySelectorAll("input")) input.value = "";
    (next ?? row).querySelector("input").focus();
  }
}

customElements.define("key-value", KeyValue);
