// The three choices of the theme menu: system, light, dark.
const root = document.documentElement;

function remember(theme) {
  try {
    if (theme) localStorage.setItem("ahead-theme", theme);
    else localStorage.removeItem("ahead-theme");
  } catch { /* storage refused: the choice lasts until the next page */ }
}

function show() {
  const current = root.dataset.theme ?? "";
  for (const choice of document.querySelectorAll("[data-theme-choice]")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.themeChoice === current));
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]");
  if (!choice) return;
  const theme = choice.dataset.themeChoice;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  remember(theme);
  show();
});

show();
