/*
 * <share-link data-address="…" data-words="…">: buttons that hand address and words to the device's
 * own way of sharing, or copy the address. Each shows itself only where the browser can do it; the
 * address stands beside them.
 */

class ShareLink extends HTMLElement {
  connectedCallback() {
    this.#offer("share", navigator.share, this.#share);
    this.#offer("copy", navigator.clipboard, this.#copy);
  }

  #offer(act, isPossible, press) {
    const button = this.querySelector(`[data-act=${act}]`);
    if (!isPossible) return;
    button.hidden = false;
    button.addEventListener("click", press);
  }

  #share = async () => {
    const { address: url, words: text } = this.dataset;
    await navigator.share({ url, text }).catch(() => {}); // whoever closes the sheet meant to
  };

  #copy = async ({ currentTarget }) => {
    const status = this.querySelector("[role=status]");
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(this.dataset.address);
      status.textContent = currentTarget.dataset.done;
    } catch {
      getSelection().selectAllChildren(this.previousElementSibling); // to be copied by hand
    }
  };
}

customElements.define("share-link", ShareLink);
