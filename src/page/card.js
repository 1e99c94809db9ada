"use strict";
// Tells the page around it how high the card is: to our own element, and in the words of WordPress, whose frames carry a
// secret in their address. A notice says that it is one, since it needs little of what was kept for the story. In the place
// of nothing there is no height to tell, and WordPress is told nothing: the link stands on.
(() => {
  const card = document.getElementById("card");
  const { state } = card.dataset;
  const secret = new URLSearchParams(location.hash.replace(/^#\??/, "")).get("secret");
  let told = 0;
  const tell = (again) => {
    // With as much free below as above.
    const height = Math.ceil(card.getBoundingClientRect().height + 2 * card.offsetTop);
    if (height === told && !again) return;
    told = height;
    if (state === "absent") return parent.postMessage({ courant: 1, state }, "*");
    parent.postMessage({ courant: 1, height, state }, "*");
    if (secret) parent.postMessage({ message: "height", value: height, secret }, "*");
  };
  if (parent === window) return;
  new ResizeObserver(() => tell(false)).observe(card);
  addEventListener("message", (event) => {
    const data = event.data;
    if (event.source !== parent || !data || !(data.courant === 1 || data.message === "ready")) return;
    for (const name of ["ink", "paper", "faint", "line", "link", "mark"]) {
      const value = data.colours && String(data.colours[name] ?? "");
      if (value && CSS.supports("color", value)) document.documentElement.style.setProperty(`--${name}`, value);
    }
    tell(true);
  });
  // In a sandbox nothing but a script can be followed: the page around is asked to go there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || !secret) return;
    event.preventDefault();
    parent.postMessage({ message: "link", value: link.href, secret }, "*");
  });
  tell(true);
})();
