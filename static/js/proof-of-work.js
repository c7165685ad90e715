/*
 * <proof-of-work data-worker="…" data-challenge="{…}">: lets the device solve ALTCHA's challenge and
 * puts the answer into the form around it. A form that is sent meanwhile leaves when it is done.
 * Without this script, or where a device can't do it, the ticket in the form waits instead.
 */

const MOST_WORKERS = 4;

class ProofOfWork extends HTMLElement {
  #workers = [];
  #waitingSubmitter = null;
  #form = null;

  connectedCallback() {
    this.#form = this.closest("form");
    if (!crypto.subtle) return this.#end("failed"); // an address without HTTPS
    this.dataset.state = "working";
    this.#form.addEventListener("submit", this.#hold);
    this.#start(JSON.parse(this.dataset.challenge));
  }

  disconnectedCallback() {
    this.#end("failed");
  }

  #start(challenge) {
    // One core stays free for the reader.
    const count = Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), MOST_WORKERS) || 1;
    for (let number = 0; number < count; number += 1) {
      const worker = new Worker(this.dataset.worker);
      worker.onerror = () => this.#end("failed");
      worker.onmessage = ({ data }) => this.#finish(challenge, data);
      worker.postMessage({ type: "work", challenge, counterStart: number, counterStep: count });
      this.#workers.push(worker);
    }
  }

  #finish(challenge, solution) {
    if (this.dataset.state !== "working") return;
    if (!solution || solution.error) return this.#end("failed");
    const proof = document.createElement("input");
    Object.assign(proof, { type: "hidden", name: "proof" });
    proof.value = btoa(JSON.stringify({ challenge, solution }));
    this.append(proof);
    this.#end("done");
  }

  #hold = (event) => {
    event.preventDefault();
    this.#waitingSubmitter = event.submitter ?? this.#form.querySelector("button");
  };

  #end(state) {
    this.dataset.state = state;
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
    this.#form?.removeEventListener("submit", this.#hold);
    if (this.#waitingSubmitter) this.#form.requestSubmit(this.#waitingSubmitter);
    this.#waitingSubmitter = null;
  }
}

customElements.define("proof-of-work", ProofOfWork);
