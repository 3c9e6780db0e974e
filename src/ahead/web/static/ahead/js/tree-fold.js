// Folds and unfolds the branches of a tree in a table: rows in order, each with its depth. What is folded is
// remembered while the window is open; what has the focus is never folded away.
const KEY = "ahead-folded";
const folded = new Set(read());

function read() {
  try { return JSON.parse(sessionStorage.getItem(KEY) ?? "[]"); } catch { return []; }
}

function remember() {
  try { sessionStorage.setItem(KEY, JSON.stringify([...folded])); } catch { /* storage refused: until the next page */ }
}

const rows = () => [...document.querySelectorAll("[data-tree-row]")];

function unfoldAbove(row) {
  const all = new Map(rows().map((one) => [one.dataset.treeRow, one]));
  for (let above = row?.dataset.above; above; above = all.get(above)?.dataset.above) folded.delete(above);
}

function draw() {
  unfoldAbove(document.activeElement?.closest("[data-tree-row]"));
  for (const tool of document.querySelectorAll("[data-tree-tool]")) tool.hidden = false;
  let limit = Infinity;
  for (const row of rows()) {
    const depth = Number(row.dataset.depth);
    row.hidden = depth > limit;
    if (row.hidden) continue;
    const toggle = row.querySelector("[data-tree-toggle]");
    const isFolded = Boolean(toggle) && folded.has(row.dataset.treeRow);
    toggle?.setAttribute("aria-expanded", String(!isFolded));
    limit = isFolded ? depth : Infinity;
  }
}

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-tree-toggle]");
  const every = event.target.closest("[data-tree-all]");
  if (!toggle && !every) return;
  if (toggle) {
    const id = toggle.closest("[data-tree-row]").dataset.treeRow;
    if (!folded.delete(id)) folded.add(id);
  } else {
    for (const row of rows()) folded[every.dataset.treeAll === "fold" ? "add" : "delete"](row.dataset.treeRow);
  }
  remember();
  draw();
});

document.addEventListener("htmx:afterSettle", draw);
draw();
