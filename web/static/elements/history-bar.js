// Days that arrows, Home and End go through; the line below says what the chosen day was.

class HistoryBar extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusin", ({ target }) => this.#say(target));
    this.addEventListener("pointerover", ({ target }) => this.#say(target.closest("a")));
    this.addEventListener("pointerleave", () => this.#say(this.#current()));
  }

  #shown() {
    return [...this.querySelectorAll(".days a")].filter((day) => day.getClientRects().length);
  }

  #current() {
    return this.querySelector('.days a[tabindex="0"], .days a:not([tabindex])');
  }

  #say(day) {
    if (day?.matches(".days a")) this.querySelector("output").value = day.ariaLabel;
  }

  #key(event) {
    const days = this.#shown();
    const at = days.indexOf(event.target.closest("a"));
    if (at < 0) return;
    const ahead = getComputedStyle(this).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = ahead === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const to = { [ahead]: at + 1, [back]: at - 1, Home: 0, End: days.length - 1 }[event.key];
    if (!days[to]) return;
    event.preventDefault();
    for (const day of this.querySelectorAll(".days a")) day.tabIndex = -1;
    days[to].tabIndex = 0;
    days[to].focus();
  }
}

customElements.define("history-bar", HistoryBar);
