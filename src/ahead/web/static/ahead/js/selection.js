// Row selection: "select all", the count, and the bar that appears while something is selected.
const boxes = (list) => [...list.querySelectorAll(".select-row:not(:disabled)")];

function refresh(list) {
  const all = boxes(list);
  const chosen = all.filter((box) => box.checked).length;
  const every = list.querySelector(".select-all");
  if (every) {
    every.checked = chosen > 0 && chosen === all.length;
    every.indeterminate = chosen > 0 && chosen < all.length;
  }
  for (const bar of list.querySelectorAll(".selection-bar")) bar.hidden = chosen === 0;
  for (const text of list.querySelectorAll("[data-selection-count]")) {
    text.textContent = chosen === 1 ? "1 selecionado" : `${chosen} selecionados`;
  }
}

let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest(".select-row");
  const list = event.target.closest("[data-selection]");
  if (box && list) {
    const all = boxes(list);
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
  }
  if (list && event.target.closest("[data-selection-clear]")) {
    for (const chosen of boxes(list)) chosen.checked = false;
    refresh(list);
  }
});

document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-selection]");
  if (!list) return;
  if (event.target.matches(".select-all")) {
    for (const box of boxes(list)) box.checked = event.target.checked;
  }
  refresh(list);
});

const refreshAll = () => document.querySelectorAll("[data-selection]").forEach(refresh);
document.addEventListener("htmx:afterSettle", refreshAll);
window.addEventListener("pageshow", refreshAll);
refreshAll();
