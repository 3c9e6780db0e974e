// A part of a page that looks again by itself (data-live): not while nobody sees it, and never under somebody's hands.
const seen = new Map();

const isInHand = (part) => part.contains(document.activeElement) || (getSelection()?.containsNode(part, true) && !getSelection().isCollapsed);

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target.closest?.("[data-live]");
  if (part && (document.hidden || isInHand(part))) event.preventDefault();
});

// What was scrolled inside of it stays where it was.
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.target.closest?.("[data-live]");
  if (!part) return;
  seen.clear();
  for (const inside of part.querySelectorAll("[id]")) {
    if (inside.scrollTop || inside.scrollLeft) seen.set(inside.id, [inside.scrollTop, inside.scrollLeft]);
  }
});

document.addEventListener("htmx:afterSettle", () => {
  for (const [id, [top, left]] of seen) document.getElementById(id)?.scrollTo({ top, left, behavior: "instant" });
  seen.clear();
});

// A person who comes back to the page sees at once how things stand.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-live]")) part.dispatchEvent(new CustomEvent("live"));
});
