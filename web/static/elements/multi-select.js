// Counts what is selected, selects all, and with Shift from one row to another.

class MultiSelect extends HTMLElement {
  #last;

  connectedCallback() {
    this.addEventListener("click", (event) => this.#range(event));
    this.addEventListener("change", ({ target }) => {
      if (target.matches("[data-all]")) for (const box of this.#boxes()) box.checked = target.checked;
      this.#count();
    });
    this.closest("live-region")?.addEventListener("renewed", () => this.#count());
    this.#count();
  }

  #boxes() {
    return [...this.querySelectorAll('input[name="id"]')];
  }

  #range(event) {
    const boxes = this.#boxes();
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    const from = boxes.indexOf(this.#last);
    if (event.shiftKey && from >= 0)
      for (const box of boxes.slice(Math.min(at, from), Math.max(at, from) + 1))
        box.checked = event.target.checked;
    this.#last = event.target;
  }

  #count() {
    const boxes = this.#boxes();
    const checked = boxes.filter((box) => box.checked).length;
    const output = this.querySelector("output[data-says]");
    if (output) output.value = output.dataset.says.replace("#", checked);
    const all = this.querySelector("[data-all]");
    if (!all) return;
    all.checked = checked > 0 && checked === boxes.length;
    all.indeterminate = checked > 0 && checked < boxes.length;
  }
}

customElements.define("multi-select", MultiSelect);
