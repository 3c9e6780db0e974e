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

function complain(id, code = "") {
  const template = document.getElementById(id);
  const region = document.querySelector(".toasts");
  if (!template || !region) return;
  const toast = template.content.cloneNode(true);
  const text = toast.querySelector("p");
  if (code && text) text.append(` Código: ${code}`);
  region.replaceChildren(...[...region.children].slice(-3), toast);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".toast")?.remove();
});
document.addEventListener("htmx:sendError", () => complain("toast-unreachable"));
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 403) complain("toast-forbidden");
  else complain("toast-failed", xhr.getResponseHeader("X-Request-ID") ?? "");
});

const watchAll = () => document.querySelectorAll(".toast").forEach(linger);
document.addEventListener("htmx:oobAfterSwap", watchAll);
document.addEventListener("htmx:afterSettle", watchAll);
watchAll();
