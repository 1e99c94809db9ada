"use strict";
// <news-article src="https://paper.example/embed/a/…" height="420"><a href="…">The headline</a></news-article>
// shows a card in the place of the link. Without this script, and before it, the link stands there.
(() => {
  const NAME = "news-article";
  if (!window.customElements || customElements.get(NAME)) return;
  const home = new URL(document.currentScript ? document.currentScript.src : location.href).origin;
  const sheet = "iframe{border:0;inline-size:100%;max-inline-size:var(--news-article-max-width,600px);display:block}";
  customElements.define(NAME, class extends HTMLElement {
    connectedCallback() {
      if (this.hear) addEventListener("message", this.hear);
      if (this.shadowRoot) return;
      let address;
      try { address = new URL(this.getAttribute("src"), home); } catch { return; }
      // Only the paper that the script came from.
      if (address.origin !== home || !address.pathname.startsWith("/embed/")) return;
      const link = this.querySelector("a");
      const frame = document.createElement("iframe");
      frame.src = address.href;
      frame.title = link ? link.textContent : address.href;
      frame.height = Number(this.getAttribute("height")) || 420;
      frame.loading = "lazy";
      frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation");
      const shadow = this.attachShadow({ mode: "open" });
      try {
        const style = new CSSStyleSheet();
        style.replaceSync(sheet);
        shadow.adoptedStyleSheets = [style];
      } catch { /* An older browser draws a border. */ }
      shadow.append(frame);
      this.hear = (event) => {
        if (event.source !== frame.contentWindow) return;
        const height = event.data && event.data.courant === 1 && Number(event.data.height);
        if (height >= 50 && height <= 10000) frame.height = Math.ceil(height);
      };
      addEventListener("message", this.hear);
      // Colours of the page around it, such as news-article { --news-article-paper: #f4f1ea; }.
      const style = getComputedStyle(this);
      const colours = {};
      for (const name of ["ink", "paper", "faint", "line", "link", "mark"]) {
        const value = style.getPropertyValue(`--news-article-${name}`).trim();
        if (value) colours[name] = value;
      }
      frame.addEventListener("load", () => frame.contentWindow.postMessage({ courant: 1, colours }, "*"));
    }
    disconnectedCallback() {
      if (this.hear) removeEventListener("message", this.hear);
    }
  });
})();
