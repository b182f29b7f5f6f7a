// The theme this reader chose before, so that the frame already wears it.
try {
  const theme = localStorage.getItem("workbench-theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch { /* private mode */ }
