// Regions of a panel: change only what differs, so that focus, drags, scrolling and open menus survive.
var workbenchFill = (() => {
  const keyOf = (node) => node.nodeType === 1 ? node.dataset.id || node.dataset.keep || node.dataset.chart || "" : "";
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

  function morph(from, to, latest) {
    if (from.nodeType !== 1) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    attributes(from, to);
    if (!from.dataset.chart) children(from, to, latest);
    values(from, to, latest);
  }

  function attributes(from, to) {
    const own = from.nodeName === "DETAILS" ? ["open"] : [];
    for (const { name, value } of [...to.attributes]) {
      if (!own.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
    for (const { name } of [...from.attributes]) {
      if (!own.includes(name) && !to.hasAttribute(name)) from.removeAttribute(name);
    }
  }

  function children(from, to, latest) {
    const wanted = [...to.childNodes];
    wanted.forEach((item, index) => {
      let now = from.childNodes[index];
      if (now && !alike(now, item)) {
        const found = keyOf(item) && [...from.childNodes].slice(index).find((old) => alike(old, item));
        if (found) from.insertBefore(found, now);
        else from.insertBefore(item.cloneNode(true), now);
        if (found) morph(found, item, latest);
      } else if (now) morph(now, item, latest);
      else from.append(item.cloneNode(true));
    });
    while (from.childNodes.length > wanted.length) from.lastChild.remove();
  }

  // What the user holds or types right now is not touched; everything else shows the kernel's value.
  function values(from, to, latest) {
    if (from.nodeName === "SELECT") {
      const chosen = [...to.options].find((option) => option.hasAttribute("selected"));
      if (chosen && from.value !== chosen.value) from.value = chosen.value;
    }
    if (from.nodeName !== "INPUT") return;
    if (from.type === "checkbox") from.checked = to.hasAttribute("checked");
    else if (to.hasAttribute("value") && !held(from, latest)) from.value = to.getAttribute("value");
  }

  function held(input, latest) {
    if (input.matches(":active")) return true;
    return input === document.activeElement && (input.type !== "range" || !latest);
  }

  function fill(root, regions, latest) {
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    for (const [name, html] of Object.entries(regions)) {
      const place = root.querySelector(`[data-region="${name}"]`);
      if (!place) continue;
      const next = place.cloneNode(false);
      next.innerHTML = html;
      children(place, next, latest);
    }
    if (focused && !root.contains(focused)) root.querySelector("details.wb-menu[open] > summary")?.focus();
  }

  return fill;
})();
