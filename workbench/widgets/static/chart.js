// Charts in the page: loadVega() once a page, mountChart() once a chart; then data changes in place.
// No import or export: this text is put before other script, in modules and in classic scripts alike.
// `var`, so that a page may carry it twice. Nothing here ever asks the network for anything.
//
// Colours: a spec names design tokens ("$c1"). Vega draws SVG, so a token becomes `var(--c1)` and the
// browser itself recolours every chart when the theme changes; only fonts are looked up, because
// Vega must measure text.
var { loadVega, mountChart } = (() => {
  const page = (window.__workbench ??= {});

  // One promise a page: window.vegaEmbed when the page brought it, else options.request() → script text.
  function loadVega(options = {}) {
    if (window.vegaEmbed) return Promise.resolve(window.vegaEmbed);
    page.vega ??= Promise.resolve(options.request ? options.request() : null)
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
    if (typeof node === "string") {
      if (node === "$font") return style.getPropertyValue("--font").trim() || "sans-serif";
      return /^\$[a-z][a-z0-9-]*$/.test(node) ? `var(--${node.slice(1)})` : node;
    }
    if (Array.isArray(node)) return node.map((item) => resolved(item, style));
    if (!node || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, resolved(item, style)]));
  }

  const loader = {
    load: () => Promise.reject(new Error("Charts load nothing.")),
    sanitize: () => Promise.reject(new Error("Charts link nowhere.")),
    http: () => Promise.reject(new Error("Charts load nothing.")),
    file: () => Promise.reject(new Error("Charts load nothing.")),
  };

  // Tooltip of one chart: {title, lines: [{name, text}]}; text only, placed inside the window.
  function tooltipIn(root) {
    const box = document.createElement("div");
    box.className = "wb-tip";
    box.hidden = true;
    root.append(box);
    return (_handler, event, _item, value) => {
      box.hidden = !value;
      if (!value) return;
      fillTip(box, value);
      const frame = root.getBoundingClientRect();
      const left = event.clientX - frame.left, top = event.clientY - frame.top;
      const flip = left > frame.width / 2;
      box.style.left = `${Math.max(0, Math.min(flip ? left - box.offsetWidth - 14 : left + 14, frame.width - box.offsetWidth))}px`;
      box.style.top = `${Math.max(0, top - box.offsetHeight / 2)}px`;
    };
  }

  function fillTip(box, { title, lines = [] }) {
    const head = document.createElement("b");
    head.textContent = title ?? "";
    const rows = lines.filter((line) => line && line.text).map((line) => {
      const row = document.createElement("div"), name = document.createElement("span"), text = document.createElement("span");
      name.textContent = line.name;
      if (line.series >= 0) {
        const dot = document.createElement("i");
        dot.style.background = `var(--c${line.series + 1})`;
        name.prepend(dot);
      }
      text.textContent = line.text;
      row.append(name, text);
      return row;
    });
    box.replaceChildren(head, ...rows);
  }

  function plain(datum) {
    return Object.fromEntries(Object.entries(datum).filter(([, value]) => value === null || typeof value !== "object"));
  }

  const heard = (el, name, detail) => el.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

  /**
   * Draw `chart` ({spec, data, alt, height}, as Chart.to_dict() gives it) inside `el`.
   * options.request: () → Promise of the bundle's text, asked once a page when Vega is not there.
   * Dispatches `wb-select` with a mark's datum on click. Resolves when the chart is drawn.
   */
  async function mountChart(el, chart, options = {}) {
    const root = document.createElement("div");
    root.className = "wb-chart";
    root.tabIndex = 0;
    root.setAttribute("role", "img");
    el.replaceChildren(root);
    const tooltip = tooltipIn(root);
    let view = null, finish = null, shown = "", wanted = chart, running = null, gone = false, width = 0;

    const describe = () => {
      root.setAttribute("aria-label", wanted.alt);
      root.style.height = `${wanted.height}px`;
    };

    // Data in place: the same spec keeps its view.
    async function redraw(next) {
      view.data("data", structuredClone(next.data)).height(next.height).width(width);
      await view.runAsync();
    }

    // A new spec is drawn beside the old one and then takes its place: no blank moment.
    async function embed(next) {
      const embedder = await loadVega(options);
      if (gone) return;
      const stage = document.createElement("div");
      stage.className = "wb-stage";
      root.append(stage);
      const spec = { ...resolved(next.spec, getComputedStyle(root)), width, height: next.height };
      spec.data = { ...spec.data, values: structuredClone(next.data) };
      const done = await embedder(stage, spec, {
        mode: "vega-lite", renderer: options.renderer ?? "svg", actions: false, ast: true, defaultStyle: false,
        loader, tooltip, hover: false,
      });
      done.view.addEventListener("click", (_event, item) => {
        if (item && item.datum) heard(root, "wb-select", plain(item.datum));
      });
      for (const old of root.querySelectorAll(".wb-stage")) if (old !== stage) old.remove();
      if (finish) finish();
      view = done.view;
      finish = done.finalize;
      if (gone) finish();
    }

    // Only the newest wish is drawn: moves that come while one is being drawn are skipped.
    async function settle() {
      while (!gone && wanted && width > 0) {
        const next = wanted, key = JSON.stringify(next.spec);
        wanted = null;
        try {
          if (view && key === shown) await redraw(next);
          else { await embed(next); shown = key; }
        } catch (error) {
          fail(next, error);
        }
      }
    }

    function fail(next, error) {
      const note = document.createElement("p");
      note.className = "wb-chart-failed wb-stage";
      note.textContent = next.alt;
      for (const old of root.querySelectorAll(".wb-stage")) old.remove();
      root.append(note);
      shown = "";
      heard(root, "wb-error", String(error && error.message || error));
    }

    let last = chart;
    function update(next) {
      last = wanted = next;
      describe();
      running = (running ?? Promise.resolve()).then(settle);
      return running;
    }

    // A chart in a hidden tab has no width yet: it is drawn when it gets one.
    const watcher = new ResizeObserver(([entry]) => {
      const now = Math.floor(entry.contentRect.width);
      if (now <= 0 || now === width || gone) return;
      width = now;
      update(wanted ?? last);
    });

    width = Math.floor(root.getBoundingClientRect().width);
    watcher.observe(root);
    await update(chart);
    return {
      update,
      destroy() {
        gone = true;
        watcher.disconnect();
        if (finish) finish();
        root.remove();
      },
    };
  }

  return { loadVega, mountChart };
})();
