// What a page that is drawn shows amiss: too wide, in the other language, cut off, written over each other.
lang => {
  const CJK = /[\u3400-\u9fff]/, ENGLISH = /[A-Za-z][a-z’']+(?:[ ,]+[A-Za-z][a-z’']*){4,}/;
  const place = node => {
    const region = node.closest("[data-region]")?.dataset.region ?? "", tag = node.tagName.toLowerCase();
    return `${region} ${tag}${node.classList.length ? "." + [...node.classList].join(".") : ""}`.trim();
  };
  const words = node => node.textContent.trim().replace(/\s+/g, " ").slice(0, 80);
  const box = node => node.getBoundingClientRect();
  const seen = node => { const it = box(node); return it.width > 1 && it.height > 1 && node.checkVisibility(); };
  const found = { wide: [], foreign_words: [], clipped: [], cut: [], overlapping: [] };

  const across = document.documentElement.scrollWidth;
  if (across > innerWidth) found.wide.push(`the page: ${across} px in ${innerWidth}`);
  for (const each of document.querySelectorAll(".wb-card :is(p, h2, h3, dd, dt, li)")) {
    if (!seen(each) || each.closest(".wb-scroll, .wb-pop, .wb-hidden") || getComputedStyle(each).overflowX !== "visible") continue;
    if (each.clientWidth && each.scrollWidth > each.clientWidth + 1)
      found.wide.push(`${place(each)}: ${words(each)} (${each.scrollWidth} px in ${each.clientWidth})`);
  }

  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), at = walk.currentNode.parentElement;
    if (!text || at.closest("script, style, pre, code, textarea, input") || !seen(at)) continue;
    if (!at.closest("[lang]")?.lang.startsWith(lang)) continue; // said to be in another language
    if ((lang === "en" ? CJK : ENGLISH).test(text)) found.foreign_words.push(`${place(at)}: ${text.slice(0, 80)}`);
  }

  for (const each of document.querySelectorAll("body *:not(svg *)")) {
    if (!each.clientWidth || !words(each) || !seen(each) || each.closest("[aria-hidden=true]")) continue;
    const look = getComputedStyle(each);
    if (/hidden|clip/.test(look.overflowX) && each.scrollWidth > each.clientWidth + 1)
      found.clipped.push(`${place(each)}: ${words(each)} (${each.scrollWidth} px in ${each.clientWidth})`);
  }

  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const svg = figure.querySelector("svg.marks");
    if (!svg || !seen(figure)) continue;
    const around = box(figure), kept = box(svg), name = figure.dataset.chart;
    if (kept.right > around.right + 1) found.cut.push(`${name}: the drawing is ${Math.round(kept.right - around.right)} px too wide`);
    const texts = [...svg.querySelectorAll("text")].filter(one => one.textContent.trim() &&
      getComputedStyle(one).opacity !== "0" && one.getAttribute("opacity") !== "0").map(one => [one, box(one)]).filter(([, it]) => it.width);
    for (const [one, it] of texts)
      if (it.left < kept.left - 1 || it.right > kept.right + 1 || it.top < kept.top - 1 || it.bottom > kept.bottom + 1)
        found.cut.push(`${name}: ${words(one)}`);
    texts.slice(0, 400).forEach(([one, a], at) => texts.slice(at + 1, 400).forEach(([other, b]) => {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left), y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 2 && y > 4 && words(one) !== words(other)) found.overlapping.push(`${name}: ${words(one)} / ${words(other)}`);
    }));
  }
  for (const name of Object.keys(found)) found[name] = [...new Set(found[name])].slice(0, 40);
  return found;
}
