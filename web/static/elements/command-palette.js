// The search that opens over every page: things and commands, as the server finds them.
import { fetchPage } from "../page/fetch.js";

const PAUSE = 80;

class CommandPalette extends HTMLElement {
  #timer;
  #asked = 0;

  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.hits = this.querySelector("[role=listbox]");
    this.none = this.querySelector(".none");
    document.addEventListener("keydown", (event) => this.#opens(event));
    document.getElementById("find")?.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.show();
    });
    this.input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#find(), PAUSE);
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  show() {
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
    this.#find();
  }

  #opens(event) {
    if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    if (event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (this.dialog.open) this.dialog.close();
    else if (!document.querySelector("dialog[open]")) this.show();
  }

  async #find() {
    const mine = ++this.#asked;
    const query = new URLSearchParams({ q: this.input.value });
    const found = await fetchPage(`/search?${query}`).catch(() => ({}));
    if (mine !== this.#asked) return;
    const links = found.page?.getElementById("results")?.querySelectorAll("a") ?? [];
    this.hits.replaceChildren(...[...links].map((link, n) => this.#option(link, n)));
    this.none.hidden = links.length > 0;
    this.input.setAttribute("aria-expanded", String(links.length > 0));
    this.#choose(0);
  }

  #option(link, number) {
    const option = document.importNode(link, true);
    option.id = `hit-${number}`;
    option.role = "option";
    option.tabIndex = -1;
    return option;
  }

  #choose(at) {
    const options = [...this.hits.children];
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (!options[at]) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const options = [...this.hits.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.#choose((at + by + options.length) % options.length);
    else if (event.key === "Enter" && options[at]) options[at].click();
    else return;
    event.preventDefault();
  }
}

customElements.define("command-palette", CommandPalette);
