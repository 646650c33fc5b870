// The result of a test run is renewed until it is there. The form beside it stays as it is.
import { fetchPage } from "../page/fetch.js";

const EVERY = 1000;

class TestRun extends HTMLElement {
  #timer;

  connectedCallback() {
    if (this.hasAttribute("data-wait")) this.#later();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #later() {
    this.#timer = setTimeout(() => this.#renew(), EVERY);
  }

  async #renew() {
    try {
      const { status, page } = await fetchPage(this.dataset.url);
      const next = status === 200 && page?.getElementById(this.id);
      if (next) this.#show(next);
      else if (status >= 400 && status < 500) return;
    } catch {
      // The service is not reachable for a moment.
    }
    if (this.hasAttribute("data-wait")) this.#later();
  }

  #show(next) {
    this.toggleAttribute("data-wait", next.hasAttribute("data-wait"));
    this.replaceChildren(...document.adoptNode(next).childNodes);
  }
}

customElements.define("test-run", TestRun);
