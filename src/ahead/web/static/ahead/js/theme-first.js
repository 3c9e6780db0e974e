// Runs before the first paint, so that a remembered theme never flashes the other one.
{
  let remembered = null;
  try { remembered = localStorage.getItem("ahead-theme"); } catch { /* storage refused: follow the system */ }
  if (remembered === "light" || remembered === "dark") document.documentElement.dataset.theme = remembered;
}
