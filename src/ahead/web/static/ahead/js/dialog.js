// data-dialog-open="id" opens a native dialog; data-dialog-close, Escape and the veil close it.
// One drawn open (what was typed in it was refused) lies over the page as if it had been opened by its button.
// Where the browser knows command and commandfor it opens and closes by itself, and once is enough.
const knowsCommands = "commandForElement" in HTMLButtonElement.prototype;
const byItself = (button) => knowsCommands && button.hasAttribute("commandfor");

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialogOpen);
    document.querySelector("[popover].menu:popover-open")?.hidePopover();
    if (dialog && !dialog.open && !byItself(opener)) dialog.showModal();
    return;
  }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    if (!byItself(closer)) closer.closest("dialog")?.close();
    return;
  }
  if (event.target instanceof HTMLDialogElement) event.target.close();
});

function raise() {
  for (const dialog of document.querySelectorAll("dialog[data-dialog-opened][open]")) {
    delete dialog.dataset.dialogOpened;
    dialog.close();
    dialog.showModal();
    dialog.querySelector("[aria-invalid], textarea, input:not([type=hidden])")?.focus();
  }
}
document.addEventListener("htmx:afterSettle", raise);
raise();
