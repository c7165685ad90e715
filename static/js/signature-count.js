/*
 * <signature-count src="…/count.json">: keeps the number inside up to date while it is being
 * looked at. Without this script the number of the moment the page was made stays.
 */

const FIRST_WAIT = 15_000; // milliseconds
const LONGEST_WAIT = 120_000;
const BACK_OFF = 1.5; // a page that stays open asks less and less often
const MAX_FAILURES = 4;

class SignatureCount extends HTMLElement {
  #wait = FIRST_WAIT;
  #failures = 0;
  #timer = 0;
  #format = new Intl.NumberFormat(document.documentElement.lang || undefined);

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#plan);
    this.#plan();
  }

  disconnectedCallback() {
    this.#stop();
  }

  #plan = () => {
    clearTimeout(this.#timer);
    if (document.visibilityState === "visible") {
      this.#timer = setTimeout(this.#ask, this.#wait);
    }
  };

  #stop() {
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#plan);
  }

  #ask = async () => {
    try {
      const answer = await fetch(this.getAttribute("src"), { credentials: "omit" });
      if (!answer.ok) throw new Error(answer.statusText);
      const state = await answer.json();
      this.#failures = 0;
      this.#show(state);
      if (!state.open) return this.#stop();
    } catch {
      this.#failures += 1;
      if (this.#failures === MAX_FAILURES) return this.#stop();
    }
    this.#wait = Math.min(this.#wait * BACK_OFF, LONGEST_WAIT);
    this.#plan();
  };

  #show({ count, goal }) {
    this.#write(".count", count);
    this.#write(".goal", goal);
    const progress = this.querySelector("progress");
    if (progress) Object.assign(progress, { max: goal, value: count });
  }

  #write(selector, number) {
    const place = this.querySelector(selector);
    const words = this.#format.format(number);
    // Written only where it changed, so that screen readers do not repeat it.
    if (place && place.textContent !== words) place.textContent = words;
  }
}

customElements.define("signature-count", SignatureCount);
