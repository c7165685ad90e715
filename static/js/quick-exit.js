/*
 * <quick-exit data-more="…" data-once-more="…" data-too-late="…"> around a link: empties the page at
 * once and goes where the link leads, in the place of this page. Shift three times within five
 * seconds does the same; a Shift with which something is typed, marked or clicked does not count.
 * After GOV.UK's "Exit this page" (https://design-system.service.gov.uk/components/exit-this-page/).
 */

const TIMES = 3;
const MILLISECONDS = 5000;

class QuickExit extends HTMLElement {
  #count = 0;
  #isAlone = false;
  #timer = 0;

  connectedCallback() {
    this.querySelector("a").addEventListener("click", this.#leave);
    document.addEventListener("keydown", this.#press, true);
    document.addEventListener("keyup", this.#release, true);
    document.addEventListener("pointerdown", this.#disturb, true);
  }

  #press = (event) => {
    if (event.key === "Shift" && !event.repeat) this.#isAlone = true;
    else if (event.key !== "Shift") this.#disturb();
  };

  #disturb = () => {
    this.#isAlone = false;
    this.#forget("");
  };

  #release = (event) => {
    if (event.key !== "Shift" || !this.#isAlone) return;
    this.#isAlone = false;
    this.#count += 1;
    if (this.#count === TIMES) return this.#leave();
    if (this.#count === 1) {
      this.#timer = setTimeout(() => this.#forget(this.dataset.tooLate), MILLISECONDS);
    }
    this.#say(this.#count === 1 ? this.dataset.more : this.dataset.onceMore);
  };

  #forget(words) {
    clearTimeout(this.#timer);
    if (this.#count) this.#say(words);
    this.#count = 0;
  }

  #say(words) {
    this.querySelector("[role=status]").textContent = words;
  }

  #leave = (event) => {
    event?.preventDefault();
    const { href } = this.querySelector("a");
    document.title = " ";
    document.body.replaceChildren();
    location.replace(href);
  };
}

customElements.define("quick-exit", QuickExit);
