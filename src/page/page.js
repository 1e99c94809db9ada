"use strict";
// Whoever does not see it hears that something was copied.
const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.body.append(status);
// A button copies the text of the element that it names.
for (const button of document.querySelectorAll("button[data-copies]")) {
  if (!navigator.clipboard) continue;
  const said = button.textContent;
  button.disabled = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(from.textContent);
      button.textContent = button.dataset.done;
      // What is there already is not said again.
      status.textContent = "";
      setTimeout(() => { status.textContent = button.dataset.done; }, 100);
      setTimeout(() => { button.textContent = said; }, 2000);
    } catch {
      // Where copying is not allowed, the text is there to be marked by hand.
      getSelection().selectAllChildren(from);
    }
  });
}
// The preview of a card is as high as the card says.
addEventListener("message", (event) => {
  const height = event.data && event.data.courant === 1 && Number(event.data.height);
  if (!(height >= 50 && height <= 10000)) return;
  for (const frame of document.querySelectorAll("iframe.card")) {
    if (frame.contentWindow === event.source) frame.height = Math.ceil(height);
  }
});
