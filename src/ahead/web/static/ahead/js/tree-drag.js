// Dragging a row of a tree by its handle: onto the upper edge of another is before it, onto the lower after it,
// onto its middle inside it. The server has the last word and answers with the tree as it is then.
const rows = () => [...document.querySelectorAll("[data-tree-row]")];
let dragged = null;

function mark(target, zone) {
  for (const row of rows()) delete row.dataset.drop;
  if (target && zone) target.dataset.drop = zone;
}

function isInside(row, other) {
  const all = new Map(rows().map((one) => [one.dataset.treeRow, one]));
  for (let one = row; one; one = all.get(one.dataset.above)) if (one === other) return true;
  return false;
}

function zoneOf(event, row) {
  const { top, height } = row.getBoundingClientRect();
  const part = (event.clientY - top) / height;
  if (part < 0.3) return "before";
  return part > 0.7 ? "after" : "inside";
}

function placeOf(row, zone) {
  if (zone === "inside") return { acima: row.dataset.treeRow, antes: "" };
  if (zone === "before") return { acima: row.dataset.above, antes: row.dataset.treeRow };
  const later = rows().slice(rows().indexOf(row) + 1);
  const next = later.find((one) => one.dataset.above === row.dataset.above && one !== dragged);
  return { acima: row.dataset.above, antes: next?.dataset.treeRow ?? "" };
}

document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest(".tree__handle")?.closest("[data-place-url]");
  if (row) row.draggable = true;
});

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.("[data-place-url]");
  if (!row?.draggable) return;
  dragged = row;
  row.dataset.dragged = "";
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", row.dataset.treeRow);
});

document.addEventListener("dragover", (event) => {
  const row = dragged && event.target.closest?.("[data-tree-row]");
  if (!row || isInside(row, dragged)) {
    mark(null);
    return;
  }
  event.preventDefault();
  mark(row, zoneOf(event, row));
});

document.addEventListener("drop", (event) => {
  const row = dragged && event.target.closest?.("[data-tree-row]");
  if (!row || isInside(row, dragged)) return;
  event.preventDefault();
  const values = placeOf(row, zoneOf(event, row));
  window.htmx.ajax("POST", dragged.dataset.placeUrl, { target: "#categories", swap: "outerHTML", values });
});

function release() {
  mark(null);
  for (const row of document.querySelectorAll("[data-place-url][draggable]")) {
    row.draggable = false;
    delete row.dataset.dragged;
  }
  dragged = null;
}

document.addEventListener("dragend", release);
document.addEventListener("pointerup", release);
