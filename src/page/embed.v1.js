"use strict";
// <news-article href="https://paper.example/articles/…" height="420"><a href="…">The headline</a></news-article>
// shows the card of an article, a photograph or a section in the place of the link. Without this script, and before it,
// the link stands there.
(() => {
  const NAME = "news-article";
  if (!window.customElements || customElements.get(NAME)) return;
  const home = new URL(document.currentScript ? document.currentScript.src : location.href).origin;
  const sheet = `:host { display: block; }
iframe { border: 0; display: block; inline-size: 100%; max-inline-size: var(--news-article-max-width, 600px); }`;
  // The address of the card, which only the paper has that the script came from.
  const cardOf = (page) => {
    let address;
    try { address = new URL(page, home); } catch { return null; }
    if (address.origin !== home) return null;
    return home + (address.pathname.startsWith("/embed/") ? "" : "/embed") + address.pathname;
  };
  customElements.define(NAME, class extends HTMLElement {
    static observedAttributes = ["href"];
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
      const card = this.getAttribute("href") && cardOf(this.getAttribute("href"));
      if (!card || card === this.frame?.src) return;
      this.frame ??= this.made();
      const link = this.querySelector("a");
      this.frame.title = link ? link.textContent : card;
      this.frame.height = Number(this.getAttribute("height")) || 420;
      this.frame.src = card;
    }
    made() {
      const frame = document.createElement("iframe");
      frame.loading = "lazy";
      frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation");
      const shadow = this.attachShadow({ mode: "open" });
      try {
        const style = new CSSStyleSheet();
        style.replaceSync(sheet);
        shadow.adoptedStyleSheets = [style];
      } catch { /* An older browser draws a border. */ }
      shadow.append(frame);
      frame.addEventListener("load", () => frame.contentWindow.postMessage({ courant: 1, colours: this.colours() }, "*"));
      return frame;
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
    // What the card needs is given to it. What it has more is not taken away: that would move the page under its reader.
    handleEvent(event) {
      if (!this.frame || event.source !== this.frame.contentWindow) return;
      const height = event.data && event.data.courant === 1 && Math.ceil(Number(event.data.height));
      if (height > Number(this.frame.height) && height <= 10000) this.frame.height = height;
    }
  });
})();
