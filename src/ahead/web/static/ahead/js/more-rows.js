// "Mais uma linha": another empty row like the last one.
for (const list of document.querySelectorAll("[data-more-rows]")) {
  const button = list.querySelector("[data-more]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = list.querySelectorAll("[data-row]");
    const row = rows[rows.length - 1].cloneNode(true);
    for (const input of row.querySelectorAll("input")) input.value = "";
    rows[rows.length - 1].after(row);
    window.htmx?.process(row);
    row.querySelector("input").focus();
  });
}
