// Messages: close by hand; good news leaves by itself unless it is being read. Failed requests say so.
const LINGER = 8000;
const seen = new WeakSet();

function linger(toast) {
  if (seen.has(toast)) return;
  seen.add(toast);
  if (!("passing" in toast.dataset)) return;
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, LINGER / 2);
    else toast.remove();
  };
  setTimeout(leave, LINGER);
}

function complain(id) {
  const template = document.getElementById(id);
  const region = document.querySelector(".toasts");
  if (template && region) region.replaceChildren(...[...region.children].slice(-3), template.content.cloneNode(true));
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".toast")?.remove();
});
document.addEventListener("htmx:sendError", () => complain("toast-unreachable"));
document.addEventListener("htmx:responseError", (event) => {
  complain(event.detail.xhr.status === 403 ? "toast-forbidden" : "toast-failed");
});

const watchAll = () => document.querySelectorAll(".toast").forEach(linger);
document.addEventListener("htmx:oobAfterSwap", watchAll);
document.addEventListener("htmx:afterSettle", watchAll);
watchAll();
