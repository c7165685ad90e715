/*
 * <live-count src="…/count.json" data-next="10" data-sample="9,876,543,210">: keeps the number inside up to date
 * while somebody looks at it. Asks soon after a change, ever later without one, and no more once it
 * is told so. Without this script the number that came with the page stays.
 */

const SHORTEST = 10; // seconds, unless the page or an answer names others
const LONGEST = 300;
const A_DAY = 86_400; // timers overflow after some weeks
const SAID_EVERY = 60; // to screen readers, and only what has changed
const MAX_FAULTS = 5;

class LiveCount extends HTMLElement {
  #shortest = SHORTEST;
  #wait = SHORTEST;
  #due = Infinity; // milliseconds; no question is due while one is under way, or for good
  #timer = 0;
  #faults = 0;
  #saidAt = -Infinity;
  #isOnScreen = false;
  #watcher = new IntersectionObserver((seen) => {
    this.#isOnScreen = seen.at(-1).isIntersecting;
    this.#plan();
  });

  connectedCallback() {
    if (navigator.connection?.saveData) return;
    this.#shortest = this.#wait = Number(this.dataset.next) || SHORTEST;
    this.#watcher.observe(this);
    document.addEventListener("visibilitychange", this.#plan);
    addEventListener("online", this.#plan);
    addEventListener("offline", this.#plan);
    this.#askIn(this.#wait);
  }

  disconnectedCallback() {
    this.#stop();
  }

  #stop() {
    this.#due = Infinity;
    clearTimeout(this.#timer);
    this.#watcher.disconnect();
    document.removeEventListener("visibilitychange", this.#plan);
    removeEventListener("online", this.#plan);
    removeEventListener("offline", this.#plan);
  }

  #askIn(wait) {
    // Later by chance, so that many pages opened in one moment do not ask in one moment.
    const ms = Math.min(wait, A_DAY) * 1000 * (1 + Math.random() / 5);
    this.#due = Date.now() + ms;
    const isTime = this.#due - this.#saidAt >= SAID_EVERY * 1000;
    this.querySelector("p").setAttribute("aria-live", isTime ? "polite" : "off");
    this.#plan();
  }

  #plan = () => {
    clearTimeout(this.#timer);
    if (this.#due === Infinity || !this.#isOnScreen || document.hidden || !navigator.onLine) return;
    this.#timer = setTimeout(this.#ask, Math.max(0, this.#due - Date.now()));
  };

  #ask = async () => {
    this.#due = Infinity;
    let pause = 0;
    try {
      const answer = await fetch(this.getAttribute("src"), { credentials: "omit" });
      if (answer.status === 404 || answer.status === 410) return this.#stop();
      pause = seconds(answer.headers.get("Retry-After"));
      if (!answer.ok) throw new Error(answer.statusText);
      const { count, goal, next } = await answer.json();
      const isNew = this.#show(count, goal);
      if (next === null) return this.#stop();
      this.#faults = 0;
      if (next > 0) this.#shortest = next;
      this.#wait = isNew ? this.#shortest : this.#later();
    } catch {
      this.#faults += 1;
      if (this.#faults === MAX_FAULTS) return this.#stop();
      this.#wait = this.#later();
    }
    if (this.isConnected) this.#askIn(Math.max(this.#wait, pause));
  };

  #later() {
    return Math.max(this.#shortest, Math.min(this.#wait * 2, LONGEST));
  }

  #show(count, goal) {
    const words = [count, goal].map((number) => written(number, this.dataset.sample));
    const places = [".count", ".goal"].map((name) => this.querySelector(name));
    if (places.every((place, n) => place.textContent === words[n])) return false;
    const sentence = this.querySelector("p");
    if (sentence.getAttribute("aria-live") === "polite") this.#saidAt = Date.now();
    places.forEach((place, n) => (place.textContent = words[n]));
    Object.assign(this.querySelector("progress"), { max: goal, value: count });
    return true;
  }
}

/* As the server writes numbers: its digits and their groups are learnt from one that it wrote. */
function written(number, sample) {
  if (!Number.isSafeInteger(number) || number < 0) throw new TypeError("not a count");
  const digits = sample.match(/\p{Nd}/gu); // from nine down to nought
  const left = [...String(number)].map((digit) => digits[9 - digit]);
  let words = "";
  for (const sign of [...sample].reverse()) {
    if (!left.length) break;
    words = (/\p{Nd}/u.test(sign) ? left.pop() : sign) + words;
  }
  return words;
}

/* Retry-After is a number of seconds or a date (RFC 9110). */
function seconds(header) {
  const number = Number(header);
  return Number.isNaN(number) ? (Date.parse(header) - Date.now()) / 1000 || 0 : number;
}

customElements.define("live-count", LiveCount);
