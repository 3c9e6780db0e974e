// data-copy="id" puts what a field or a text holds into the clipboard; where there is none, it is selected instead.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.lastChild.textContent = button.dataset.copied;
  } catch {
    source.focus();
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
const show = () => document.querySelectorAll("[data-copy][hidden]").forEach((button) => (button.hidden = false));
document.addEventListener("htmx:afterSettle", show);
show();
