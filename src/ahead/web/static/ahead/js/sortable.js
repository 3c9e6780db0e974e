// Lists whose order is sent with their form: items are dragged by their handle, or moved by their two buttons.
// Without this script the buttons send the form, which moves the item there.
document.documentElement.classList.add("has-script");
const items = (list) => [...list.querySelectorAll(":scope > [data-sortable-item]")];

function say(list, item) {
  const all = items(list);
  const said = list.parentElement.querySelector("[data-sortable-said]");
  if (said) said.textContent = `Posição ${all.indexOf(item) + 1} de ${all.length}. Grave para valer.`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sortable] [data-move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("[data-sortable-item]");
  const other = button.dataset.move === "-1" ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "-1") other.before(item);
  else other.after(item);
  button.focus();
  say(item.parentElement, item);
});

let dragged = null;
document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-sortable] [data-handle]")?.closest("[data-sortable-item]");
  if (item) item.draggable = true;
});
document.addEventListener("pointerup", () => {
  for (const item of document.querySelectorAll("[data-sortable-item][draggable]")) item.removeAttribute("draggable");
});
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-sortable-item][draggable]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  dragged.classList.add("is-dragged");
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-sortable-item]");
  if (!dragged || !over || over === dragged || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const all = items(over.parentElement);
  if (all.indexOf(dragged) < all.indexOf(over)) over.after(dragged);
  else over.before(dragged);
});
document.addEventListener("drop", (event) => dragged && event.preventDefault());
document.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  dragged.removeAttribute("draggable");
  say(dragged.parentElement, dragged);
  dragged = null;
});
