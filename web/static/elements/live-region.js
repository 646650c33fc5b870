// A part of a page that is renewed in place. Rows keep their place while somebody is at them.

/** Return how many of these numbers must move so that they ascend. */
function moves(numbers) {
  const best = numbers.map(() => 1);
  for (let i = 1; i < numbers.length; i++)
    for (let j = 0; j < i; j++)
      if (numbers[j] < numbers[i] && best[j] >= best[i]) best[i] = best[j] + 1;
  return numbers.length - Math.max(0, ...best);
}

function touched(field) {
  if (field.matches("[type=checkbox],[type=radio]")) return field.checked !== field.defaultChecked;
  return field.matches("input,textarea") && field.value !== field.defaultValue;
}

const callbacks = {
  beforeNodeMorphed(old, next) {
    // Most rows are what they were, and to compare them takes far less than to morph them.
    if (old.isEqualNode(next)) return false;
    if (old.nodeType !== Node.ELEMENT_NODE) return true;
    if (old.localName === "details") next.open = old.open;
    if (old.renewFrom) return old.renewFrom(next);
    return !old.matches("form[data-dirty], dialog[open], [data-keep]") && !touched(old);
  },
  beforeNodeRemoved(node) {
    return !(node.nodeType === Node.ELEMENT_NODE && node.querySelector("dialog[open]"));
  },
};

class LiveRegion extends HTMLElement {
  #latest;
  #chip;

  connectedCallback() {
    this.addEventListener("pointerleave", () => this.#settle());
    this.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.contains(relatedTarget)) this.#settle();
    });
  }

  /** Show what `next` shows; it is the same region in a newer page, and is used up. */
  renew(next) {
    this.#latest = undefined;
    let waiting = 0;
    for (const list of this.querySelectorAll("[data-keep-order][id]")) {
      const fresh = next.querySelector(`#${CSS.escape(list.id)}`);
      if (!fresh || !this.#inUse(list)) continue;
      this.#latest ??= next.cloneNode(true);
      waiting += this.#hold(list, fresh);
    }
    this.#morph(next);
    this.#offer(waiting);
    if (!waiting) this.#latest = undefined;
  }

  #inUse(list) {
    return list.matches(":hover") || list.contains(document.activeElement);
  }

  #morph(next) {
    const own = document.adoptNode(next);
    Idiomorph.morph(this, own, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks });
    this.dispatchEvent(new Event("renewed"));
  }

  /** Order the newer list as the older one; rows that are gone stay, new ones come last. */
  #hold(list, fresh) {
    const wanted = [...fresh.children].map(({ id }) => id);
    const rows = new Map([...fresh.children].map((row) => [row.id, row]));
    const kept = [...list.children].map((row) => rows.get(row.id) ?? row.cloneNode(true));
    const ids = new Set(kept.map(({ id }) => id));
    const added = [...fresh.children].filter(({ id }) => !ids.has(id));
    const places = kept.map(({ id }) => wanted.indexOf(id)).filter((place) => place >= 0);
    fresh.replaceChildren(...kept, ...added);
    return moves(places) + (kept.length - places.length);
  }

  #offer(count) {
    this.#chip?.remove();
    this.#chip = undefined;
    if (!count) return;
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "reorder";
    chip.textContent = (document.body.dataset.reorder ?? "#").replace("#", count);
    chip.addEventListener("click", () => this.#settle(true));
    this.before(chip);
    this.#chip = chip;
  }

  /** Show the order of the newest page, as soon as nobody is at the list or somebody asks for it. */
  #settle(asked = false) {
    const next = this.#latest;
    if (!next) return;
    const lists = [...this.querySelectorAll("[data-keep-order]")];
    if (!asked && lists.some((list) => this.#inUse(list))) return;
    this.#latest = undefined;
    this.#offer(0);
    this.#morph(next);
  }
}

customElements.define("live-region", LiveRegion);
