// "/" goes to the search; Escape silences an open tooltip.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.activeElement?.closest(".tip")?.setAttribute("data-quiet", "");
    document.querySelector(".tip:hover")?.setAttribute("data-quiet", "");
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const field = document.querySelector("[data-search]");
  if (!field || field.offsetParent === null) return;
  event.preventDefault();
  field.focus();
  field.select();
});

for (const leaving of ["mouseout", "focusout"]) {
  document.addEventListener(leaving, (event) => event.target.closest?.(".tip")?.removeAttribute("data-quiet"));
}
