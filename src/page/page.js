"use strict";
// Chinese is written without spaces, and browsers break it between any two characters. Those that know its words keep them
// together in headings; where the desk has said the lines, they stand. Where the page may have been seen before, only what keeps
// its height is altered, so that nothing moves.
if (window.Intl?.Segmenter) {
  const words = new Intl.Segmenter("zh", { granularity: "word" });
  const isUnseen = document.currentScript.blocking?.contains("render");
  const all = document.querySelectorAll("h1:lang(zh), h2:lang(zh), h3:lang(zh), .head > .deck:lang(zh), .lead .deck:lang(zh)");
  const headings = [...all].filter((heading) => !heading.querySelector(".line"));
  // All are measured at once before and after: each measuring behind a change would lay the whole page out again.
  const heights = () => (isUnseen ? [] : headings.map((heading) => heading.offsetHeight));
  const before = heights();
  const altered = headings.map((heading) => {
    const texts = document.createNodeIterator(heading, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let text = texts.nextNode(); text; text = texts.nextNode()) found.push([text, inWords(text.data, words)]);
    return found;
  });
  for (const [text, pieces] of altered.flat()) text.replaceWith(...pieces);
  const moved = heights().map((height, heading) => (height === before[heading] ? [] : altered[heading]));
  for (const [text, [first, ...rest]] of moved.flat()) {
    rest.forEach((piece) => piece.remove());
    first.replaceWith(text);
  }
}
// The words of a text, and what stands between them. A number stays with what it counts, and a short word that ends what stands
// before it begins no line. What is longer than words are is broken as any text.
function inWords(text, words) {
  const pieces = [];
  for (const { segment, isWordLike } of words.segment(text)) {
    const last = pieces[pieces.length - 1];
    const goesOn = isWordLike && last?.isWordLike && (/\d$/.test(last.said) || /^[的了着過过們们嗎吗呢吧]$/.test(segment));
    if (goesOn) last.said += segment;
    else pieces.push({ said: segment, isWordLike });
  }
  return pieces.map(({ said, isWordLike }) => {
    if (!isWordLike || said.length > 6) return document.createTextNode(said);
    const word = document.createElement("span");
    word.className = "word";
    word.textContent = said;
    return word;
  });
}
// Of many sections the row shows the present one, where the style alone has not brought it into sight.
for (const present of document.querySelectorAll("nav.sections [aria-current]")) {
  const row = present.closest("ul");
  const [inner, outer] = [present, row].map((element) => element.getBoundingClientRect());
  if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right;
  if (inner.left < outer.left) row.scrollLeft += inner.left - outer.left;
}
// Whoever does not see it hears that something was copied.
const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.body.append(status);
// A button copies the text that it has, or that of the element that it names.
for (const button of document.querySelectorAll("button:is([data-copies], [data-text])")) {
  if (!navigator.clipboard) continue;
  const said = button.textContent;
  button.disabled = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(button.dataset.text ?? from.textContent);
      button.textContent = button.dataset.done;
      // What is there already is not said again.
      status.textContent = "";
      setTimeout(() => { status.textContent = button.dataset.done; }, 100);
      setTimeout(() => { button.textContent = said; }, 2000);
    } catch {
      // Where copying is not allowed, the text is there to be marked by hand.
      getSelection().selectAllChildren(from ?? shown(button));
    }
  });
}
// The text of a button, beside it.
function shown(button) {
  if (button.nextElementSibling?.localName !== "code") {
    const code = document.createElement("code");
    code.dir = "ltr";
    code.textContent = button.dataset.text;
    button.after(code);
  }
  return button.nextElementSibling;
}
// The preview of a card is as high as the card says.
addEventListener("message", (event) => {
  const height = event.data && event.data.courant === 1 && Number(event.data.height);
  if (!(height >= 50 && height <= 10000)) return;
  for (const frame of document.querySelectorAll("iframe.card")) {
    if (frame.contentWindow === event.source) frame.height = Math.ceil(height);
  }
});
// What a reader goes on with comes from its own page when the end of this one is near: this page is not to change with it.
for (const place of document.querySelectorAll("nav.onward")) {
  const link = place.querySelector("a");
  const near = new IntersectionObserver(async (seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    near.disconnect();
    const found = await onward(link.href);
    // A paper with one story has nothing else. A link that has the focus stays.
    if (found?.querySelector("li") && document.activeElement !== link) {
      if (link.parentElement.localName === "p") link.parentElement.remove();
      place.append(...found.children);
    }
    giveBack(place);
  }, { rootMargin: "0px 0px 100% 0px" });
  near.observe(place);
}
// Of the room that was kept, what is not needed is given back as far as it lies below the screen: there the foot of the page
// moves unseen. Whoever goes back up gives the rest.
function giveBack(place) {
  let kept = place.offsetHeight;
  const shrink = () => {
    const { top } = place.getBoundingClientRect();
    const needed = place.lastElementChild.getBoundingClientRect().bottom - top;
    kept = Math.min(kept, Math.max(needed, innerHeight - top));
    if (kept <= needed) removeEventListener("scroll", shrink);
    place.style.minBlockSize = kept <= needed ? "0" : `${kept}px`;
  };
  addEventListener("scroll", shrink, { passive: true });
  shrink();
}
// The element with the stories of such a page; none where it cannot be had, and the link stays.
async function onward(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("onward");
  } catch {
    return null;
  }
}
