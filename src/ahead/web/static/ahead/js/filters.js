// A filter form asks again as soon as a choice changes, and leaves empty fields out of the address.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filter]");
  if (form && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) form.requestSubmit();
});

// On a phone the choices of a filter are folded away.
document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-filter-more]");
  if (more) more.setAttribute("aria-expanded", String(more.getAttribute("aria-expanded") !== "true"));
});

document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-filter]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
