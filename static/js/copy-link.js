/*
 * <copy-link href="…" data-done="Copied">: a button that hands the address to the device's own
 * way of sharing, or copies it. Hidden until this script runs; the address stands beside it.
 */

class CopyLink extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").addEventListener("click", this.#share);
  }

  #share = async () => {
    const url = new URL(this.getAttribute("href"), document.baseURI).href;
    // Phones have a good sheet for sharing; on desks copying is what people expect.
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      await navigator.share({ url }).catch(() => {});
      return;
    }
    await navigator.clipboard.writeText(url);
    this.querySelector("[role=status]").textContent = this.dataset.done;
  };
}

customElements.define("copy-link", CopyLink);
