// "/" goes to the search, "?" opens the manual at this screen; Escape silences an open tooltip.
const isPlain = (event) =>
  !event.ctrlKey && !event.metaKey && !event.altKey &&
  !event.target.closest("input, textarea, select, [contenteditable], dialog");

const goToSearch = (event) => {
  const field = document.querySelector("[data-search]");
  if (!field || field.offsetParent === null) return;
  event.preventDefault();
  field.focus();
  field.select();
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.activeElement?.closest(".tip")?.setAttribute("data-quiet", "");
    document.querySelector(".tip:hover")?.setAttribute("data-quiet", "");
  }
  if (!isPlain(event)) return;
  if (event.key === "/") goToSearch(event);
  if (event.key === "?") document.querySelector("[data-help]")?.click();
});

for (const leaving of ["mouseout", "focusout"]) {
  document.addEventListener(leaving, (event) => event.target.closest?.(".tip")?.removeAttribute("data-quiet"));
}
