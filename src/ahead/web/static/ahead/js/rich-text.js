// A small editor of rich text around a textarea: without this script the textarea stays, with its HTML.
const LONGEST = 4800;
const STATES = ["bold", "italic", "insertUnorderedList", "insertOrderedList"];
const tools = document.getElementById("rich-text-tools");

function plain(html) {
  // what was pasted into the textarea or sent before is read without being run
  const read = new DOMParser().parseFromString(html, "text/html");
  for (const odd of read.querySelectorAll("script, style, iframe, object, embed, link, meta, img, form, input")) odd.remove();
  for (const one of read.body.querySelectorAll("*")) {
    for (const { name } of [...one.attributes]) if (!(one.tagName === "A" && name === "href")) one.removeAttribute(name);
  }
  return read.body.childNodes.length ? [...read.body.childNodes] : [emptyParagraph()];
}

function emptyParagraph() {
  const paragraph = document.createElement("p"); // what is typed first is a paragraph, too
  paragraph.append(document.createElement("br"));
  return paragraph;
}

function start(area) {
  const rich = tools.content.cloneNode(true).firstElementChild;
  const text = rich.querySelector(".rich__text");
  const count = rich.querySelector(".rich__count");
  const link = rich.querySelector(".rich__link");
  const button = (name) => rich.querySelector(`[data-do="${name}"]`);
  const label = document.querySelector(`label[for="${area.id}"]`);
  let chosen = null;

  const tell = () => {
    const length = area.value.length;
    count.textContent = `${length.toLocaleString("pt-BR")} de ${LONGEST.toLocaleString("pt-BR")} letras com a formatação`;
    count.classList.toggle("is-over", length > LONGEST);
  };
  const write = () => {
    area.value = text.textContent.trim() ? text.innerHTML : "";
    tell();
  };
  const heading = () => getSelection().anchorNode?.parentElement?.closest(".rich__text h2, .rich__text h3, .rich__text h4");
  const show = () => {
    if (!text.contains(getSelection().anchorNode)) return;
    for (const name of STATES) button(name).setAttribute("aria-pressed", String(document.queryCommandState(name)));
    button("heading").setAttribute("aria-pressed", String(Boolean(heading())));
  };
  const run = (name, value = null) => {
    text.focus();
    document.execCommand(name, false, value);
    write();
    show();
  };
  const turn = (isSource) => {
    if (!isSource) text.replaceChildren(...plain(area.value));
    area.hidden = !isSource;
    text.hidden = isSource;
    for (const one of rich.querySelectorAll("[data-do]")) one.disabled = isSource && one.dataset.do !== "source";
    button("source").setAttribute("aria-pressed", String(isSource));
    link.hidden = true;
  };
  const openLink = () => {
    const selection = getSelection();
    chosen = selection.rangeCount && text.contains(selection.anchorNode) ? selection.getRangeAt(0) : null;
    link.hidden = !link.hidden;
    button("link").setAttribute("aria-expanded", String(!link.hidden));
    if (!link.hidden) link.querySelector("input").focus();
  };
  const setLink = (address) => {
    text.focus();
    if (chosen) {
      getSelection().removeAllRanges();
      getSelection().addRange(chosen);
    }
    if (!address) run("unlink");
    else if (/^(https?:\/\/|mailto:)/i.test(address)) run("createLink", address);
    link.hidden = true;
    button("link").setAttribute("aria-expanded", "false");
  };

  text.setAttribute("aria-label", label ? label.firstChild.textContent.trim() : "Texto");
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (area.hasAttribute(name)) text.setAttribute(name, area.getAttribute(name));
  }
  area.classList.add("rich__source");
  area.before(rich);
  text.after(area);
  document.execCommand("defaultParagraphSeparator", false, "p");
  turn(false);
  tell();

  label?.addEventListener("click", () => (area.hidden ? text : area).focus());
  text.addEventListener("input", write);
  area.addEventListener("input", tell);
  document.addEventListener("selectionchange", show);
  text.addEventListener("paste", (event) => {
    event.preventDefault();
    const holder = document.createElement("div");
    const html = event.clipboardData.getData("text/html");
    if (html) holder.append(...plain(html));
    else holder.textContent = event.clipboardData.getData("text/plain");
    run("insertHTML", holder.innerHTML);
  });
  rich.addEventListener("mousedown", (event) => {
    if (event.target.closest("[data-do]")) event.preventDefault(); // what is selected in the text stays so
  });
  rich.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    const linking = event.target.closest("[data-link]")?.dataset.link;
    if (linking) setLink(linking === "set" ? link.querySelector("input").value.trim() : "");
    else if (name === "source") turn(area.hidden);
    else if (name === "link") openLink();
    else if (name === "heading") run("formatBlock", heading() ? "p" : "h3");
    else if (name) run(name);
  });
  link.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would send the form
    setLink(link.querySelector("input").value.trim());
  });
}

if (tools) document.querySelectorAll("textarea[data-rich-text]").forEach(start);
