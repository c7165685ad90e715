/*
 * <photo-focus>: a photo with a ring around what crops keep. The ring follows the two sliders of the
 * form, and a press on the photo moves them. Without this script the ring moves when it is saved.
 */

class PhotoFocus extends HTMLElement {
  connectedCallback() {
    this.picture = this.querySelector("svg");
    this.ring = this.querySelector("circle");
    this.sliders = ["focal_x", "focal_y"].map((name) => document.getElementById(`id_${name}`));
    if (this.sliders.some((slider) => !slider)) return;
    for (const slider of this.sliders) slider.addEventListener("input", this.#follow);
    this.picture.addEventListener("click", this.#move);
    this.classList.add("is-live");
    this.#follow();
  }

  #follow = () => {
    const { width, height } = this.picture.viewBox.baseVal;
    const [x, y] = this.sliders.map((slider) => slider.value / 100);
    this.ring.setAttribute("cx", x * width);
    this.ring.setAttribute("cy", y * height);
  };

  #move = (press) => {
    const box = this.picture.getBoundingClientRect();
    const shares = [(press.clientX - box.left) / box.width, (press.clientY - box.top) / box.height];
    shares.forEach((share, at) => {
      this.sliders[at].value = Math.round(100 * share);
    });
    this.#follow();
  };
}

customElements.define("photo-focus", PhotoFocus);
