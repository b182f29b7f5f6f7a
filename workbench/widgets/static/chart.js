// Charts in the page: loadVega() once a page, mountChart() once a chart; then data changes in place.
// No import or export: this text is put before other script, in modules and in classic scripts alike.
// `var`, so that a page may carry it twice. Nothing here ever asks the network for anything.
//
// Colours: a spec names design tokens ("$c1"). Vega draws SVG, so a token becomes `var(--c1)` and the
// browser itself recolours every chart when the theme changes; only the font is looked up, because
// Vega must measure text. (SVG redraws as fast as canvas here: measured.)
//
// Tooltips: layers named `touch_…` or `choose_…` can be pointed at, by pointer or arrow keys. The row
// is given to the view as the signal `pointed`; the view answers with the signal `tip` = {title, lines}.
// Layers named `…_frame` are looked through by the pointer.
// Rows with a `key` in layers named `choose_…` can be chosen, by click or Enter; in a layer named
// `choose_cell` a drag from one row to another chooses all between them, and so do Shift with the arrow keys
// and Enter. In cells the arrows up and down go to the row above and below.
var { loadVega, mountChart } = (() => {
  const page = (window.__workbench ??= {});

  // One promise a page: window.vegaEmbed when the page brought it, else options.request() → script text.
  function loadVega(options = {}) {
    if (window.vegaEmbed) return Promise.resolve(window.vegaEmbed);
    page.vega ??= Promise.resolve(options.request?.())
      .then(runScript)
      .catch((error) => { page.vega = undefined; throw error; });
    return page.vega;
  }

  function runScript(text) {
    if (!window.vegaEmbed && text) {
      const script = document.createElement("script");
      script.textContent = text;
      document.head.append(script);
      script.remove();
    }
    if (!window.vegaEmbed) throw new Error("Vega is not on this page.");
    return window.vegaEmbed;
  }

  // Tokens anywhere in a spec → CSS variables; `$font` → its value where the chart stands.
  function resolved(node, style) {
    if (node === "$font") return style.getPropertyValue("--font").trim() || "sans-serif";
    if (typeof node === "string") return /^\$[a-z][a-z0-9-]*$/.test(node) ? `var(--${node.slice(1)})` : node;
    if (Array.isArray(node)) return node.map((item) => resolved(item, style));
    if (!node || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, resolved(item, style)]));
  }

  const refuse = () => Promise.reject(new Error("Charts load nothing and link nowhere."));
  const EMBED = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, hover: false, tooltip: false,
    loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
  };

  const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const touchable = (item) => /^(touch|choose)_/.test(item?.mark?.name ?? "");
  const choosable = (item) => item?.mark?.name?.startsWith("choose_") && "key" in item.datum;
  const rows = (data) => data.map((row) => ({ ...row }));
  const plain = (datum) => Object.fromEntries(Object.entries(datum).filter(([, value]) => value === null || typeof value !== "object"));
  const say = (el, name, detail) => el.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

  function fillTip(box, { title, lines }) {
    const shown = lines.filter((line) => line?.text).map(({ name, text, series }) => {
      const row = element("div"), label = element("span", "", name);
      if (series >= 0) label.prepend(Object.assign(element("i"), { style: `background:var(--c${series + 1})` }));
      row.append(label, element("span", "", text));
      return row;
    });
    box.replaceChildren(element("b", "", title ?? ""), ...shown);
  }

  // Beside the pointer, on the side that has room, and never outside the chart's own box.
  function placeTip(box, frame, x, y) {
    const left = x > frame.width / 2 ? x - box.offsetWidth - 14 : x + 14;
    box.style.left = `${Math.max(0, Math.min(left, frame.width - box.offsetWidth))}px`;
    box.style.top = `${Math.max(0, y - box.offsetHeight / 2)}px`;
  }

  /**
   * Draw `chart` ({spec, data, alt, height}, as Chart.to_dict() gives it) inside `el`.
   * options.request: () → promise of the bundle's text, asked once a page when Vega is not there.
   * Dispatches `wb-select` with the row that is chosen, `wb-brush` with the keys `from` and `to` of a drag, and
   * `wb-error` with a sentence when a chart cannot be drawn (its alt text then stands in its place).
   * Resolves when the chart is drawn; a chart without width is drawn when it gets one.
   */
  async function mountChart(el, chart, options = {}) {
    const box = element("div", "wb-chart"), plot = element("div", "wb-plot"), tip = element("div", "wb-tip");
    plot.tabIndex = 0;
    plot.setAttribute("role", "img");
    tip.hidden = true;
    tip.setAttribute("role", "status");
    box.append(plot, tip);
    el.replaceChildren(box);

    let view = null, finish = null, drawn = "", last = chart, wanted = null, running = Promise.resolve();
    let gone = false, width = Math.floor(box.getBoundingClientRect().width), place = -1, live = null;

    // ── drawing: the same spec keeps its view; a new one is drawn beside the old and takes its place
    async function redraw(next) {
      view.data("data", rows(next.data)).height(next.height).width(width);
      await view.runAsync();
    }

    async function embed(next) {
      const embedder = await loadVega(options);
      if (gone) return;
      const stage = element("div", "wb-stage");
      stage.setAttribute("aria-hidden", "true"); // the plot around it says in words what is seen
      plot.append(stage);
      const spec = { ...resolved(next.spec, getComputedStyle(plot)), width, height: next.height };
      spec.data = { ...spec.data, values: rows(next.data) };
      const made = await embedder(stage, spec, EMBED).catch((error) => { stage.remove(); throw error; });
      if (gone) return made.finalize();
      listen(made.view);
      replace(stage, made);
    }

    function replace(stage, made = null) {
      for (const old of plot.querySelectorAll(".wb-stage")) if (old !== stage) old.remove();
      finish?.();
      view = made?.view ?? null;
      finish = made ? () => made.finalize() : null;
    }

    function fail(next, error) {
      const note = element("p", "wb-chart-failed wb-stage", next.alt);
      plot.append(note);
      replace(note);
      drawn = "";
      say(box, "wb-error", String(error?.message ?? error));
    }

    // Only the newest wish is drawn: moves that come while one is being drawn are skipped.
    async function settle() {
      while (!gone && wanted && width > 0) {
        const next = wanted, key = JSON.stringify(next.spec);
        wanted = null;
        try {
          if (view && key === drawn) await redraw(next);
          else { await embed(next); drawn = key; }
        } catch (error) {
          fail(next, error);
        }
        if (live) leave();
      }
    }

    function update(next) {
      last = wanted = next;
      plot.setAttribute("aria-label", next.alt);
      box.style.height = `${next.height}px`;
      return (running = running.then(settle));
    }

    // ── pointing: by pointer, finger or arrow keys
    function listen(to) {
      const move = (event, item) => (touchable(item) ? point(item, event.clientX, event.clientY) : leave());
      to.addEventListener("pointermove", move);
      to.addEventListener("pointerdown", move);
      to.addEventListener("pointerout", leave);
      to.addEventListener("click", (_event, item) => choose(item));
      to.addEventListener("pointerdown", (event, item) => brush(event, item));
      to.addEventListener("pointerup", (_event, item) => brushed(item));
    }

    // ── brushing: a frame from the cell where the pointer went down to the one where it is
    let from = null;
    const band = element("div", "wb-brush");

    function brush(event, item) {
      if (event.pointerType === "touch" || !choosable(item) || !item.mark.name.startsWith("choose_cell")) return;
      event.preventDefault();
      const frame = box.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
      from = { key: item.datum.key, x, y };
      const stretch = (move) => {
        const now = [move.clientX - frame.left, move.clientY - frame.top];
        if (Math.abs(now[0] - x) + Math.abs(now[1] - y) > 8) box.append(band);
        Object.assign(band.style, { left: `${Math.min(x, now[0])}px`, top: `${Math.min(y, now[1])}px`,
          width: `${Math.abs(now[0] - x)}px`, height: `${Math.abs(now[1] - y)}px` });
      };
      const end = () => { removeEventListener("pointermove", stretch); band.remove(); setTimeout(() => { from = null; }); };
      addEventListener("pointermove", stretch);
      addEventListener("pointerup", end, { once: true });
      addEventListener("pointercancel", end, { once: true });
    }

    function brushed(item) {
      if (!from || !item || !choosable(item) || item.datum.key === from.key) return;
      say(box, "wb-brush", { from: from.key, to: item.datum.key });
    }

    function point(item, x, y) {
      if (live !== item) {
        view.signal("pointed", item.datum).run();
        live = item;
        const told = view.signal("tip");
        tip.hidden = !told;
        if (told) fillTip(tip, told);
      }
      const frame = box.getBoundingClientRect();
      placeTip(tip, frame, x - frame.left, y - frame.top);
    }

    let first = null;

    function choose(item) {
      if (!item || !choosable(item)) return;
      first = item.mark.name.startsWith("choose_cell") ? item.datum.key : null;
      say(box, "wb-select", plain(item.datum));
    }

    // By keyboard: Enter in one corner, Shift + Enter in the other, as a drag between them.
    function stretched(item) {
      if (first === null || !item || !choosable(item)) return choose(item);
      say(box, "wb-brush", { from: first, to: item.datum.key });
    }

    // ── the same by keys: Shift holds the cell where the frame began
    let anchor = null;

    function hold(on) {
      if (!on || !live?.mark?.name?.startsWith("choose_cell")) { anchor = null; return band.remove(); }
      anchor ??= live;
    }

    function framed() {
      if (!anchor || !live) return;
      const frame = box.getBoundingClientRect(), [a, b] = [anchor, live].map((item) => item._svg.getBoundingClientRect());
      box.append(band);
      Object.assign(band.style, { left: `${Math.min(a.left, b.left) - frame.left}px`, top: `${Math.min(a.top, b.top) - frame.top}px`,
        width: `${Math.max(a.right, b.right) - Math.min(a.left, b.left)}px`, height: `${Math.max(a.bottom, b.bottom) - Math.min(a.top, b.top)}px` });
    }

    function enter(event) {
      if (anchor && live && anchor.datum.key !== live.datum.key) say(box, "wb-brush", { from: anchor.datum.key, to: live.datum.key });
      else if (event.shiftKey) stretched(live);
      else choose(live);
      hold(false);
    }

    function leave() {
      live = null;
      tip.hidden = true;
      plot.querySelector(".wb-on")?.classList.remove("wb-on");
    }

    // The nearest cell straight above or below; -1 where there is none.
    function beyond(marks, by) {
      const middle = (mark) => { const at = mark.getBoundingClientRect(); return [at.left + at.width / 2, at.top + at.height / 2]; };
      const [x, y] = middle(marks[place]);
      const far = marks.map((mark) => { const [x2, y2] = middle(mark); return Math.abs(x2 - x) < 1 ? (y2 - y) * by : 0; });
      return far.reduce((best, now, at) => (now > 1 && (best < 0 || now < far[best]) ? at : best), -1);
    }

    const inCells = (mark) => /_cell_marks$/.test(mark?.__data__?.mark?.name ?? "");

    function step(by, upright = false) {
      const marks = [...plot.querySelectorAll("[class*=' touch_'] > path, [class*=' choose_'] > path")];
      if (!marks.length) return;
      if (upright && inCells(marks[place])) { const found = beyond(marks, by); if (found >= 0) place = found; }
      else place = place < 0 ? (by > 0 ? 0 : marks.length - 1) : Math.max(0, Math.min(marks.length - 1, place + by));
      leave();
      const at = marks[place].getBoundingClientRect();
      marks[place].classList.add("wb-on");
      point(marks[place].__data__, at.left + at.width / 2, at.top + at.height / 2);
    }

    const KEYS = { ArrowRight: () => step(1), ArrowDown: () => step(1, true), ArrowLeft: () => step(-1), ArrowUp: () => step(-1, true),
      Home: () => { place = -1; step(1); }, End: () => { place = -1; step(-1); },
      Enter: enter };
    plot.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && live) { hold(false); leave(); event.stopPropagation(); }
      if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (event.key !== "Enter") hold(event.shiftKey);
      KEYS[event.key](event);
      framed();
    });
    plot.addEventListener("blur", () => { place = -1; hold(false); leave(); });
    plot.addEventListener("pointerleave", leave);

    // ── size
    const watcher = new ResizeObserver(([entry]) => {
      const now = Math.floor(entry.contentRect.width);
      if (now <= 0 || now === width || gone) return;
      width = now;
      update(wanted ?? last);
    });
    watcher.observe(box);

    await update(chart);
    return {
      update,
      destroy() {
        gone = true;
        watcher.disconnect();
        finish?.();
        box.remove();
      },
    };
  }

  return { loadVega, mountChart };
})();
