"use strict";
// <news-article href="https://paper.example/articles/…" height="420"><a href="…">The headline</a></news-article>
// shows the card of an article, a photograph or a section in the place of the link. Without this script, before the card
// tells that it is there, and where there is none, the link stands.
(() => {
  const NAME = "news-article";
  if (!window.customElements) return;
  const script = document.currentScript || [...document.scripts].find((one) => /\/embed\.v1\.js(\?|$)/.test(one.src));
  const home = new URL(script ? script.src : location.href).origin;
  const known = customElements.get(NAME);
  if (known) {
    // A second paper on the same page.
    if (known.add) known.add(home);
    return;
  }
  const homes = new Set([home]);
  const MIN_WIDTH = 100;
  // The frame has its place from the beginning, with the link above it. Browsers fill a frame to its end where its scheme of
  // colours is not the card's.
  const sheet = `:host { display: block; }
div { display: grid; }
iframe, slot { grid-area: 1 / 1; display: block; }
iframe { border: 0; color-scheme: light dark; inline-size: 100%; max-inline-size: var(--news-article-max-width, 600px); }
iframe:not(.shown) { visibility: hidden; }`;
  // The address of the card, which only a paper has whose script is here.
  const cardOf = (page) => {
    let address;
    try { address = new URL(page, home); } catch { return null; }
    if (!homes.has(address.origin)) return null;
    const path = address.pathname.replace(/(.)\/$/, "$1");
    return address.origin + (path.startsWith("/embed/") ? "" : "/embed") + path;
  };
  customElements.define(NAME, class extends HTMLElement {
    static observedAttributes = ["href"];
    static add(origin) {
      homes.add(origin);
      for (const element of document.querySelectorAll(NAME)) element.show();
    }
    connectedCallback() {
      addEventListener("message", this);
      this.show();
    }
    disconnectedCallback() {
      removeEventListener("message", this);
    }
    attributeChangedCallback() {
      if (this.isConnected) this.show();
    }
    show() {
      const href = this.getAttribute("href");
      const card = href && cardOf(href);
      if (this.frame && card === this.frame.src) return;
      this.clear();
      if (!card) return;
      this.stage ??= this.made();
      const link = this.querySelector("a");
      const frame = document.createElement("iframe");
      frame.title = link ? link.textContent : card;
      frame.height = this.kept = Number(this.getAttribute("height")) || 420;
      frame.loading = "lazy";
      frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation");
      frame.src = card;
      frame.addEventListener("load", () => frame.contentWindow.postMessage({ courant: 1, colours: this.colours() }, "*"));
      this.frame = frame;
      this.width = 0;
      this.stage.prepend(frame);
    }
    // The link alone.
    clear() {
      if (this.frame) this.frame.remove();
      this.frame = null;
      if (this.link) this.link.style.display = "";
    }
    made() {
      const shadow = this.attachShadow({ mode: "open" });
      try {
        const style = new CSSStyleSheet();
        style.replaceSync(sheet);
        shadow.adoptedStyleSheets = [style];
      } catch { /* An older browser draws a border, and the frame below the link until there is a card. */ }
      const stage = document.createElement("div");
      this.link = document.createElement("slot");
      stage.append(this.link);
      shadow.append(stage);
      return stage;
    }
    // Those of the page around it, such as news-article { --news-article-paper: #f4f1ea; }.
    colours() {
      const style = getComputedStyle(this);
      const colours = {};
      for (const name of ["ink", "paper", "faint", "line", "link", "mark"]) {
        const value = style.getPropertyValue(`--news-article-${name}`).trim();
        if (value) colours[name] = value;
      }
      return colours;
    }
    // What the card needs is given to it. What it has more is taken away only where its width is another, or below what its
    // reader sees: else that would move the page under them. A notice is so much shorter than the story that was there that
    // its page is better moved than left with a hole.
    handleEvent(event) {
      const frame = this.frame;
      if (!frame || event.source !== frame.contentWindow || !event.data || event.data.courant !== 1) return;
      const { height: needed, state } = event.data;
      if (state === "absent") {
        this.style.minHeight = "0";
        this.clear();
        return;
      }
      const height = Math.ceil(Number(needed));
      const width = frame.clientWidth;
      if (!(height >= 50 && height <= 10000) || width < MIN_WIDTH) return;
      if (state === "removed" || frame.getBoundingClientRect().top >= innerHeight) {
        this.kept = frame.height = 0;
        this.style.minHeight = "0";
      }
      const is_same = width === this.width;
      this.width = width;
      frame.height = Math.max(height, is_same ? Number(frame.height) : this.kept);
      frame.className = "shown";
      this.link.style.display = "none";
    }
  });
})();
