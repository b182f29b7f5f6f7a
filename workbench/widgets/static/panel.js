// A panel in the page: the kernel draws regions of HTML, this puts what changed in its place.
// No import or export: the text stands after chart.js, in a module (live) and in a script (reports).
// The kernel decides everything; this only asks (`data-act`) and shows.
var workbenchPanel = (() => {
  const fill = workbenchFill;
  const BUSY = 200, LONG = 3, LOST = 20000, FOLLOW = 3000;
  const ITSELF = ["await", "poll"];  // what a page asks by itself
  const app = () => document.body.dataset.workbench === "app";
  // A visitor's name goes with the next visit; the server reads it from this cookie.
  const remember = (name) => {
    const base = new URL(".", location.href).pathname, year = 31536000;
    document.cookie = `workbench-name=${encodeURIComponent(name)}; path=${base}; max-age=${year}; samesite=lax`;
  };
  const memory = {
    get() { try { return localStorage.getItem("workbench-theme"); } catch { return null; } },
    set(theme) { try { localStorage.setItem("workbench-theme", theme); } catch { /* private mode */ } },
  };

  // Charts: one a figure; a figure that goes takes its chart along.

  function chartsIn(root, request) {
    const mounted = new Map();

    function show(name, chart) {
      const place = root.querySelector(`figure[data-chart="${name}"]`);
      if (!place) return;
      place.style.minHeight = `${chart.height}px`;
      const held = mounted.get(name);
      if (held && held.place === place) {
        held.chart = chart;
        if (held.control) held.control.update(chart);
        return;
      }
      mount(name, place, chart);
    }

    async function mount(name, place, chart) {
      const held = { place, chart, control: null };
      mounted.set(name, held);
      try {
        held.control = await mountChart(place, chart, { request });
        if (held.gone) held.control.destroy();
        else if (held.chart !== chart) held.control.update(held.chart);
      } catch (error) {
        console.error(error);
      }
    }

    function sweep() {
      for (const [name, held] of mounted) {
        if (root.contains(held.place)) continue;
        held.gone = true;
        if (held.control) held.control.destroy();
        mounted.delete(name);
      }
    }

    return {
      // A figure that went and came back has no chart yet: the kernel sends only what differs, so the page's own is shown.
      update(charts, known) {
        sweep();
        for (const [name, chart] of Object.entries(charts)) show(name, chart);
        for (const { dataset: { chart: name } } of root.querySelectorAll("figure[data-chart]"))
          if (!mounted.has(name) && known[name]) show(name, known[name]);
      },
      destroy() { for (const held of mounted.values()) { held.gone = true; if (held.control) held.control.destroy(); } },
    };
  }

  // Theme: a matter of the page alone; the kernel is only told.

  const effective = (root) => getComputedStyle(root).colorScheme.includes("dark") ? "dark" : "light";

  function wear(root, theme) {
    for (const place of [root, ...(root.closest(".jp-Notebook") ? [] : [document.documentElement])]) {
      if (theme === "auto") delete place.dataset.theme;
      else place.dataset.theme = theme;
    }
  }

  function otherTheme(root) {
    const theme = effective(root) === "dark" ? "light" : "dark";
    wear(root, theme);
    memory.set(theme);
    return theme;
  }

  // A long navigation begins where one is.
  function centred(root) {
    const nav = root.querySelector(".wb-bar nav"), here = nav?.querySelector("[aria-current]");
    if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
  }

  // What needs no kernel: menus, hints, copying, the theme.

  function quiet(root) {
    const menus = () => root.querySelectorAll("details.wb-menu[open]");
    const outside = (event) => { for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false; };
    document.addEventListener("pointerdown", outside);
    root.addEventListener("toggle", (event) => {
      if (!event.target.open) return;
      for (const menu of menus()) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
      linkIn(event.target);
      picturesIn(root, event.target);
    }, true);
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const open = [...menus()].pop(), hint = event.target.closest(".wb-i");
      if (!open && !hint) return;
      event.stopImmediatePropagation();
      if (open) { open.open = false; open.querySelector("summary").focus(); } else hint.blur();
    });
    return () => document.removeEventListener("pointerdown", outside);
  }

  const isLocal = (base) => /^https?:\/\/(localhost|127\.|\[::1\])/.test(base);

  // The links of this view: at the public address when the server has one, else at this page's own.
  function linkIn(menu) {
    const inputs = menu.querySelectorAll ? menu.querySelectorAll("[data-link]") : [];
    for (const input of inputs) {
      const { link, base, port, path } = input.dataset;
      const outside = base ? new URL(base).origin : location.origin;
      const address = app() ? outside + location.pathname : (base || `http://127.0.0.1:${port}`).replace(/\/$/, "") + path;
      input.value = link ? `${address}?${link}` : address;
      const note = menu.querySelector("[data-local]");
      if (note) note.hidden = !isLocal(address);
    }
  }

  // The charts that the page shows, to take away: named as their cards are.
  function picturesIn(root, menu) {
    const list = menu.querySelector?.("[data-pictures]");
    if (!list) return;
    const figures = [...root.querySelectorAll("figure.wb-figure[data-chart]")];
    const named = (figure) => figure.closest(".wb-card, [data-region]")?.querySelector("h2, h3")?.textContent.trim() || figure.dataset.chart;
    list.replaceChildren(...figures.map((figure) => {
      const line = document.createElement("li"), name = document.createElement("span");
      name.textContent = named(figure);
      line.append(name, ...list.dataset.pictures.split(" ").map((form) => {
        const key = `${figure.dataset.chart}.${form}`, button = Object.assign(document.createElement("button"), { type: "button", className: "wb-btn wb-form", textContent: form.toUpperCase() });
        Object.assign(button.dataset, { act: "download", key });
        button.setAttribute("aria-label", list.dataset.words.replace("{name}", name.textContent).replace("{form}", form.toUpperCase()));
        return button;
      }));
      return line;
    }));
    list.previousElementSibling.hidden = !figures.length;
  }

  async function copy(button) {
    const input = button.closest(".wb-line").querySelector("input[readonly]");
    const text = input ? input.value : button.closest(".wb-pop").querySelector("code").textContent;
    try { await navigator.clipboard.writeText(text); } catch { legacyCopy(text); }
    const words = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 1600);
  }

  function legacyCopy(text) {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }

  function help(root) {
    const place = root.querySelector("[data-keep=help]");
    place.open = true;
    place.scrollIntoView({ behavior: "smooth", block: "start" });
    place.querySelector("summary").focus({ preventScroll: true });
  }

  function download({ name, type }, file) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // The talk with the kernel: one move under way, of a drag only the newest wish.

  function talk(model, root) {
    let seq = 0, answered = 0, waiting = null, busy = 0, lost = 0, clock = 0, last = true;
    const flying = () => seq > answered;

    // Long work says how long it takes by now and, where a kernel can be interrupted, may be stopped.
    function count() {
      const since = performance.now(), card = document.createElement("div"), words = document.createElement("span");
      card.className = "wb-long";
      card.setAttribute("role", "status");
      card.append(words);
      if (model.interrupt) {
        const stop = Object.assign(document.createElement("button"), { type: "button", className: "wb-btn", textContent: root.dataset.stop });
        stop.onclick = () => { stop.disabled = true; model.interrupt(); };
        card.append(stop);
      }
      const tick = () => {
        const seconds = Math.floor((performance.now() - since) / 1000);
        words.textContent = root.dataset.working.replace("#", seconds);
        if (seconds >= LONG && !card.isConnected) root.append(card);
      };
      clearInterval(clock);
      clock = setInterval(tick, 1000);
      return () => { clearInterval(clock); card.remove(); };
    }
    let counted = () => {};

    function send(message) {
      if (message.live && flying()) { waiting = message; return; }
      if (!message.live) waiting = null;
      if (!flying()) counted = count();
      if (!ITSELF.includes(message.act)) { root.dataset.unheard = ""; last = !message.live; }
      seq += 1;
      model.send({ key: "", value: "", live: false, ...message, seq });
      clearTimeout(busy);
      clearTimeout(lost);
      busy = setTimeout(() => { root.classList.add("wb-busy"); root.setAttribute("aria-busy", "true"); }, BUSY);
      lost = setTimeout(() => root.classList.add("wb-lost"), LOST);
    }

    function heard(number) {
      answered = Math.min(seq, Math.max(answered, number));
      if (flying()) return;
      clearTimeout(busy);
      clearTimeout(lost);
      counted();
      root.classList.remove("wb-busy", "wb-lost");
      root.removeAttribute("aria-busy");
      if (last) delete root.dataset.unheard;  // what is being typed or dragged stands in no address yet
      const next = waiting;
      waiting = null;
      if (next) send(next);
    }

    return { send, heard, flying, current: (number) => number >= seq };
  }

  // Controls: what the markup says by data-act becomes a message.

  function listen(root, send) {
    const own = { theme: () => send({ act: "set", key: "theme", value: otherTheme(root) }), copy, help: () => help(root) };

    root.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-act]");
      if (button && root.contains(button)) {
        const { act, key = "", value = "" } = button.dataset;
        if (own[act]) own[act](button);
        else send({ act, key, value });
        const menu = button.closest("details.wb-menu");
        if (menu && ["view", "resave", "download", "clear"].includes(act)) menu.open = false;
        return;
      }
      const opener = event.target.closest("tbody tr")?.querySelector("[data-act=down]");
      if (opener && !String(getSelection())) opener.click();
    });

    root.addEventListener("input", (event) => {
      const { act, key, live } = event.target.dataset;
      if (act && live !== undefined) send({ act, key, value: event.target.value, live: true });
    });

    root.addEventListener("change", (event) => {
      const { act, key = "" } = event.target.dataset;
      if (act) send({ act, key, value: event.target.value });
    });

    root.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target, { act, join } = form.dataset;
      const key = event.submitter?.dataset.key ?? form.dataset.key ?? "";
      const values = [...form.querySelectorAll(join ? "input, select" : "input")].map((input) => input.value);
      send({ act, key, value: join ? values.join(join) : values[0] });
      const sheet = form.closest("details");
      if (sheet) sheet.open = false;
      if (!join) form.reset();
    });

    // A figure inside `data-choose` sends that act for its cells: from and to, the same for a single one.
    const chosen = (target, from, to) => {
      const place = target.closest("[data-choose]");
      if (place) send({ act: place.dataset.choose, key: String(from), value: String(to) });
      return Boolean(place);
    };

    root.addEventListener("wb-select", (event) => {
      if (chosen(event.target, event.detail.key, event.detail.key)) return;
      const { key } = event.detail, region = event.target.closest("[data-region]");
      const button = region?.querySelector("[data-hook], [data-act=down]") ?? root.querySelector("[data-act=down]");
      if (!button) return;
      root.toBar = !!event.target.closest("figure")?.querySelector(".wb-plot:focus-visible");
      send({ act: button.dataset.act, key: button.dataset.key, value: key ?? "(unknown)" });
    });

    root.addEventListener("wb-brush", (event) => {
      if (chosen(event.target, event.detail.from, event.detail.to)) return;
      const { from, to } = event.detail, hook = event.target.closest("[data-region]")?.querySelector("[data-hook]");
      if (hook) send({ act: hook.dataset.act, key: hook.dataset.key, value: `${from}..${to}` });
      else send({ act: "brush", key: from, value: to });
    });

    // Who is chosen on a chart stands in a bar: Escape in it lets them be.
    root.addEventListener("keydown", (event) => {
      const bar = event.key === "Escape" && event.target.closest("[data-region=chosen]");
      if (!bar) return;
      event.stopPropagation();
      bar.querySelector("[data-act=unpoint]")?.click();
    });

    // Enter in a text sends it, in JupyterLab too, which keeps the browser's own way from it.
    root.addEventListener("keydown", (event) => {
      const field = event.target;
      if (event.key !== "Enter" || event.isComposing || !field.matches("input[type=text]:read-write")) return;
      event.preventDefault();
      if (field.form) field.form.requestSubmit();
      else { field.blur(); field.focus(); }
    });

    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && root.querySelector(".wb-path")) send({ act: "up" });
    });
  }

  // A page that follows the data (`data-poll`) asks whether something happened; a hidden one does not.
  function following(root, line) {
    const look = () => {
      if (!document.hidden && !line.flying() && root.querySelector("[data-poll]")) line.send({ act: "poll" });
    };
    const timer = setInterval(look, FOLLOW);
    document.addEventListener("visibilitychange", look);
    return () => { clearInterval(timer); document.removeEventListener("visibilitychange", look); };
  }

  // A page of the app has the state in its address, and Back and Forward.
  function addresses(send, pin) {
    const pinned = () => new URLSearchParams(location.search).get("version") ?? "";
    const back = () => {
      if (pinned() !== pin()) location.reload(); // another data version is another page
      else send({ act: "query", value: location.search.replace(/^\?/, "") });
    };
    const escape = (event) => {
      if (event.key === "Escape" && event.target === document.body) document.querySelector(".wb-up")?.click();
    };
    addEventListener("popstate", back);
    addEventListener("keydown", escape);
    return () => { removeEventListener("popstate", back); removeEventListener("keydown", escape); };
  }

  function address(page) {
    const url = location.pathname + (page.query ? `?${page.query}` : "");
    if (page.push && url !== location.pathname + location.search) history.pushState({}, "", url);
  }

  // Once a model: keep the page as it is now, for views that open later.
  function initialize({ model }) {
    model.on("msg:custom", (message) => { if (message.kind === "page") merge(model.get("page"), message); });
  }

  function merge(page, message) {
    Object.assign(page.regions, message.regions);
    for (const [name, chart] of Object.entries(message.charts)) page.charts[name] = { ...page.charts[name], ...chart };
    for (const name of ["query", "pin", "lang", "theme", "lost", "working", "stop", "push"]) page[name] = message[name];
  }

  // JupyterLab takes arrow keys and letters for the notebook unless what has the focus says that it wants them.
  function ownKeys(root) {
    const mark = ({ target }) => { if (root.contains(target)) target.dataset.lmSuppressShortcuts = "true"; };
    window.addEventListener("keydown", mark, true);
    return () => window.removeEventListener("keydown", mark, true);
  }

  function render({ model, el }) {
    const page = () => model.get("page");
    el.innerHTML = page().frame;
    const root = el.firstElementChild;
    const assets = [];
    const request = () => new Promise((done) => { assets.push(done); model.send({ act: "vega" }); });
    const charts = chartsIn(root, request), line = talk(model, root);

    // What the kernel works out meanwhile is asked for once, from a page that can hear the answer.
    let awaited = "";
    function awaiting() {
      const marks = [...root.querySelectorAll("[data-await]")].map((place) => place.dataset.await).sort().join();
      if (marks && marks !== awaited) line.send({ act: "await" });
      awaited = marks;
    }

    function show(regions, names, latest = true) {
      const now = page();
      root.lang = now.lang;
      for (const name of ["lost", "working", "stop"]) root.dataset[name] = now[name];
      fill(root, regions, latest);
      charts.update(Object.fromEntries(names.map((name) => [name, now.charts[name]])), now.charts);
      for (const menu of root.querySelectorAll("details.wb-menu[open]")) { linkIn(menu); picturesIn(root, menu); }
      if (root.toBar) toBar();
    }

    // Whoever chose on a chart by keyboard goes on in the bar that asks for a name.
    function toBar() {
      const field = root.querySelector("[data-region=chosen] input");
      if (!field) return;
      root.toBar = false;
      field.focus({ preventScroll: true });
      field.select();
    }

    function hear(message, files) {
      if (message.kind === "asset") for (const done of assets.splice(0)) done(message.text);
      if (message.kind === "file") download(message, files[0]);
      if (message.kind === "page") {
        const latest = line.current(message.seq);
        show(message.regions, Object.keys(message.charts), latest);
        if (app() && message.visitor) remember(message.visitor);
        if (app() && latest) address(page());
      }
      line.heard(message.seq ?? 0);
      if (message.kind === "page") awaiting();
    }

    // After a lost connection the front end asks for the whole page again: replies may be missing.
    function again() {
      show(page().regions, Object.keys(page().charts));
      line.heard(Infinity);
      awaited = "";
    }

    const off = [quiet(root)];
    listen(root, line.send);
    off.push(following(root, line));
    if (app()) off.push(addresses(line.send, () => page().pin));
    if (typeof workbenchUpload === "function") off.push(workbenchUpload(root, model));
    wear(root, page().theme === "auto" ? memory.get() ?? "auto" : page().theme);
    again();
    root.classList.add("wb-ready");
    requestAnimationFrame(() => centred(root));
    off.push(ownKeys(root));
    model.on("msg:custom", hear);
    model.on("change:page", again);
    model.on("change:page", awaiting);
    awaiting();
    return () => {
      model.off("msg:custom", hear);
      model.off("change:page", again);
      model.off("change:page", awaiting);
      charts.destroy();
      for (const stop of off) stop();
    };
  }

  // A page without a kernel: every panel in it draws its charts from the JSON it carries.
  function boot() {
    for (const root of document.querySelectorAll(".wb-panel:not([data-live], [data-booted])")) {
      root.dataset.booted = "";
      const charts = chartsIn(root);
      quiet(root);
      root.addEventListener("click", (event) => { if (event.target.closest("[data-act=theme]")) otherTheme(root); });
      wear(root, root.dataset.theme ?? memory.get() ?? "auto");
      charts.update(JSON.parse(root.querySelector("script.wb-charts").textContent), {});
      root.classList.add("wb-ready");
    }
  }

  // Whether something would go with the kernel, for no address keeps it: a wish that it has not heard, words
  // that were typed and not sent, what a panel says is not saved (`data-unsaved`).
  function unsaved() {
    const typed = (field) => field.value !== field.defaultValue;
    return [...document.querySelectorAll(".wb-panel")].some((root) => "unheard" in root.dataset
      || root.querySelector("[data-unsaved]") || [...root.querySelectorAll("input:read-write")].some(typed));
  }

  return { initialize, render, boot, unsaved };
})();
window.workbenchBoot = workbenchPanel.boot;
