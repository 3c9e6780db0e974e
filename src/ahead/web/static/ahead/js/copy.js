// data-copy="id" puts what a field holds into the clipboard; where there is none, the field is selected instead.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    const label = button.lastChild;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      label.textContent = button.dataset.copied;
    } catch {
      field.focus();
    }
  });
}
