// Paper is white whatever the screen is, and everything folded is open on it; menus stay closed.
(() => {
  let worn = [], folded = [];
  addEventListener("beforeprint", () => {
    worn = [document.documentElement, ...document.querySelectorAll("body [data-theme]")].map((item) => [item, item.dataset.theme]);
    for (const [item] of worn) item.dataset.theme = "light";
    folded = [...document.querySelectorAll("details:not([open], .wb-menu, .wb-bin, .wb-more, .wb-who)")];
    for (const item of folded) item.open = true;
  });
  addEventListener("afterprint", () => {
    for (const [item, theme] of worn) if (theme === undefined) delete item.dataset.theme; else item.dataset.theme = theme;
    for (const item of folded) item.open = false;
  });
})();
