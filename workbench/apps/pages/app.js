// The frame of an app page: what is happening now, when to show the panel, and whether Python still answers.
(() => {
  const words = window.workbenchWords;
  const ready = () => document.body.classList.add("wb-shown");
  window.voila_heartbeat = window.voila_process = window.voila_finish = window.update_loading_text = window.display_cells = () => {};
  window.workbenchStep = (text) => { document.getElementById("wb-step").textContent = text; };

  // Where in the line this visitor is, as the server says while all seats are taken; 0: come in.
  window.workbenchWait = (place) => {
    let card = document.querySelector(".wb-queue");
    if (!place) return card?.remove();
    window.workbenchStep("");
    if (!card) {
      card = document.createElement("section");
      card.className = "wb-card wb-queue";
      card.setAttribute("role", "status");
      card.append(document.createElement("h2"), document.createElement("p"));
      card.firstChild.textContent = words.line_title;
      document.body.append(card);
    }
    card.lastChild.textContent = words.line.replace("#", place);
  };

  // The cells are shown when every widget has drawn something; a page without widgets at once.
  window.workbenchDone = () => {
    const cells = document.getElementById("rendered_cells");
    if (!cells.querySelector(".wb-live")) return ready();
    const there = (live) => {
      const panel = live.querySelector(".wb-panel");
      return panel ? panel.classList.contains("wb-ready") : live.querySelector(".jupyter-widgets") !== null;
    };
    const drawn = () => [...cells.querySelectorAll(".wb-live")].every(there);
    const watch = new MutationObserver(() => { if (drawn()) { watch.disconnect(); ready(); } });
    watch.observe(cells, { childList: true, subtree: true, attributes: true });
    setTimeout(ready, 60000);
  };

  // A laptop that slept, or a stopped server: say so and offer the way back. The address keeps the state.
  let misses = 0, banner;
  function say(text, button) {
    if (banner && banner.firstChild.textContent === text) return;  // whoever is on its button stays there
    banner?.remove();
    if (!text) { banner = null; return; }
    banner = document.createElement("div");
    banner.className = "wb-banner";
    banner.setAttribute("role", "alert");
    const line = document.createElement("span");
    line.textContent = text;
    const again = document.createElement("button");
    again.textContent = button;
    again.onclick = () => location.reload();
    banner.append(line, again);
    document.body.append(banner);
  }
  // The address keeps the state; what only Python held, or nobody heard, is still to be seen and goes with the page.
  const all = (text) => window.workbenchPanel?.unsaved() ? `${text} ${words.unsaved}` : text;
  async function look() {
    const kernel = document.body.dataset.kernelId;
    if (!kernel || document.hidden) return;
    try {
      const answer = await fetch(`${words.base}api/kernels/${kernel}`, { redirect: "manual", cache: "no-store" });
      misses = 0;
      const ended = answer.status === 403 || answer.type === "opaqueredirect";  // the login, not only the kernel
      say(answer.status === 200 ? "" : all(ended ? words.ended : words.asleep), words.again);
    } catch {
      if (++misses > 1) say(all(words.stopped), words.again);
    }
  }
  window.workbenchLook = look;
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5000);
})();
