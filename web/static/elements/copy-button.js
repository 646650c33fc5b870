// Copies the text beside it; where a page may not, it selects the text.

const SHOWN = 2000;

class CopyButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    button?.addEventListener("click", () => this.#copy(button));
  }

  async #copy(button) {
    const text = this.querySelector("pre");
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      return;
    }
    const label = button.ariaLabel;
    button.classList.add("done");
    button.ariaLabel = button.dataset.done;
    setTimeout(() => {
      button.classList.remove("done");
      button.ariaLabel = label;
    }, SHOWN);
  }
}

customElements.define("copy-button", CopyButton);
