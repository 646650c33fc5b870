// Asks the browser for a passkey, and sends its answer in the form.

class PasskeyButton extends HTMLElement {
  connectedCallback() {
    // A passkey belongs to a host name; browsers know none of an IP address.
    if (/^[\d.]+$|:/.test(location.hostname)) return;
    if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
    this.hidden = false;
    const otherwise = this.nextElementSibling;
    if (otherwise?.matches(".otherwise")) otherwise.hidden = true;
    this.querySelector("button").addEventListener("click", () => this.#ask());
  }

  async #ask() {
    const wrong = this.querySelector(".error");
    wrong.hidden = true;
    try {
      const credential = await this.#credential();
      const form = this.querySelector("form");
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      wrong.hidden = false;
    }
  }

  async #credential() {
    if (this.dataset.create) {
      const options = JSON.parse(this.dataset.create);
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const answer = await fetch(this.dataset.ask, { method: "POST" });
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await answer.json());
    return navigator.credentials.get({ publicKey });
  }
}

customElements.define("passkey-button", PasskeyButton);
