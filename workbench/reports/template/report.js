// Paper is white whatever the screen is, and everything folded is open on it.
(() => {
  const root = document.documentElement;
  let theme, folded;
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const item of folded) item.open = true;
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    for (const item of folded) item.open = false;
  });
  if (window.workbenchBoot) window.workbenchBoot();
})();
