// The line between a page of panels and its kernel: all that such a page needs of a front end.
// Jupyter's messages over one websocket, and for each panel a model as anywidget scripts know it.
(() => {
  const words = window.workbenchWords;
  const session = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  const models = new Map();   // comm id → model, from the moment the kernel opens it
  const waiting = [];         // what is said before the kernel listens
  let socket, ready = false, tries = 0, left = false;

  class Model {
    constructor(id, state) { this.id = id; this.state = state; this.ears = new Map(); this.early = []; }
    get(name) { return this.state[name]; }
    on(event, ear) { this.ears.set(event, [...(this.ears.get(event) ?? []), ear]); }
    off(event, ear) { this.ears.set(event, (this.ears.get(event) ?? []).filter((one) => one !== ear)); }
    send(content, _callbacks, buffers) { tell(this.id, { method: "custom", content }, buffers); }
    interrupt() { post({ ...message("interrupt_request", {}), channel: "control" }); }
    hear(data, buffers) {
      if (this.early) return this.early.push([data, buffers]);
      if (data.method === "custom") return this.emit("msg:custom", data.content, buffers);
      if (data.method === "update") { Object.assign(this.state, data.state); this.emit("change:page"); }
    }
    emit(event, ...said) { for (const ear of this.ears.get(event) ?? []) ear(...said); }
    wake() { const early = this.early; this.early = null; for (const one of early) this.hear(...one); }
  }

  function message(type, content) {
    const header = { msg_id: `${session}-${++tries}`, session, username: "", msg_type: type, version: "5.3", date: new Date().toISOString() };
    return { header, parent_header: {}, metadata: {}, content, channel: "shell", buffers: [] };
  }
  function tell(comm, data, buffers) { post(message("comm_msg", { comm_id: comm, data }), buffers ?? []); }
  function post(said, buffers = []) {
    if (!ready) return waiting.push([said, buffers]);
    socket.send(buffers.length ? packed(said, buffers) : JSON.stringify(said));
  }

  // Messages with bytes: how many parts, where each begins, then the parts; the first is the message.
  function packed(said, buffers) {
    const bytes = (part) => ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part);
    const parts = [new TextEncoder().encode(JSON.stringify(said)), ...buffers.map(bytes)];
    let place = 4 * (parts.length + 1);
    const whole = new Uint8Array(place + parts.reduce((sum, part) => sum + part.length, 0)), head = new DataView(whole.buffer);
    head.setUint32(0, parts.length);
    parts.forEach((part, number) => { head.setUint32(4 * (number + 1), place); whole.set(part, place); place += part.length; });
    return whole.buffer;
  }
  function unpacked(data) {
    if (typeof data === "string") return [JSON.parse(data), []];
    const head = new DataView(data), count = head.getUint32(0);
    const starts = Array.from({ length: count }, (_, number) => head.getUint32(4 * (number + 1)));
    const parts = starts.map((start, number) => new DataView(data, start, (starts[number + 1] ?? data.byteLength) - start));
    return [JSON.parse(new TextDecoder().decode(parts[0])), parts.slice(1)];
  }

  function hear(event) {
    const [said, buffers] = unpacked(event.data);
    const { comm_id: id, data } = said.content ?? {};
    if (said.msg_type === "comm_open" && data?.state?.page && !models.has(id)) models.set(id, new Model(id, data.state));
    if (said.msg_type !== "comm_msg") return;
    if (models.has(id)) models.get(id).hear(data, buffers);
    else if (data.method === "update" && data.state?.page) models.set(id, new Model(id, data.state));
    wanted.get(id)?.();
  }

  function open() {
    const kernel = document.body.dataset.kernelId;
    const address = new URL(`${words.base}api/kernels/${kernel}/channels?session_id=${session}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onmessage = hear;
    socket.onopen = () => { ready = true; for (const one of waiting.splice(0)) post(...one); };
    socket.onclose = (event) => { ready = false; if (!left) { if (event.code === 4410) window.workbenchLook?.(); again(); } };
  }
  // A line that broke is opened again, unless the page has said that there is nothing to come back to.
  function again() { setTimeout(() => document.querySelector(".wb-banner") ? again() : open(), 1500); }
  window.workbenchOpen = open;
  window.workbenchClose = () => { left = true; socket.close(); socket = null; };  // another front end takes over

  // A panel is shown with the state the kernel opened it with; where that was missed, it is asked for again.
  const wanted = new Map();
  window.workbenchShow = async () => {
    const script = new Promise((done) => {
      const look = () => typeof workbenchPanel === "object" ? done() : setTimeout(look, 10);
      look();
    });
    for (const place of document.querySelectorAll(".wb-live[data-panel]")) {
      const id = place.dataset.panel;
      const known = new Promise((done) => {
        const look = () => models.has(id) && done();
        const ask = () => { if (!models.has(id)) { tell(id, { method: "request_state" }); setTimeout(ask, 3000); } };
        wanted.set(id, look);
        look();
        ask();
      });
      await Promise.all([known, script]);
      const model = models.get(id), el = document.createElement("div");
      place.append(el);
      workbenchPanel.initialize({ model });
      model.wake();
      workbenchPanel.render({ model, el });
    }
  };

  addEventListener("pagehide", () => {
    const form = new FormData(), kernel = document.body.dataset.kernelId;
    if (!socket || !kernel) return;  // another front end holds the kernel
    left = true;
    form.append("_xsrf", document.cookie.match(/(?:^|; )_xsrf=([^;]+)/)?.[1] ?? "");
    navigator.sendBeacon(`${words.base}voila/api/shutdown/${kernel}`, form);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
