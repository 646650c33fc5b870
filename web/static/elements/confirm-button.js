// Asks in a window what the page behind the link would ask.

class ConfirmButton extends HTMLElement {
  connectedCallback() {
    const link = this.querySelector("a");
    const dialog = this.querySelector("dialog");
    link.ariaHasPopup = "dialog";
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.showModal();
    });
  }
}

customElements.define("confirm-button", ConfirmButton);
