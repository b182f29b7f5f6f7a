// Files into the kernel, in pieces beside the panel's other messages: chosen, or dropped on the panel.
// One file after the other, some pieces ahead of what the kernel has confirmed; the kernel decides what is taken.
var workbenchUpload = (root, model) => {
  const PIECE = 1 << 20, AHEAD = 4, LOST = 30000;
  const waiting = [];
  let now = null, depth = 0, watch = 0;
  const place = () => root.querySelector("[data-upload]");
  const send = (message, pieces) => model.send({ key: 0, value: "", live: false, seq: 0, ...message }, undefined, pieces);

  function add(files) {
    waiting.push(...files);
    if (!now) next();
  }

  function next() {
    clearTimeout(watch);
    now = waiting.length ? { file: waiting.shift(), id: 0, sent: 0, got: 0 } : null;
    show();
    if (!now) return;
    send({ act: "upload", value: JSON.stringify({ name: now.file.name, size: now.file.size }) });
    wait();
  }

  // A confirmation that does not come means that the kernel is gone: say so as for any other message.
  function wait() {
    clearTimeout(watch);
    root.classList.remove("wb-lost");
    watch = setTimeout(() => root.classList.add("wb-lost"), LOST);
  }

  async function pump(job) {
    while (job === now && job.sent < job.file.size && job.sent - job.got < AHEAD * PIECE) {
      const from = job.sent;
      job.sent = Math.min(job.file.size, from + PIECE);
      try {
        const piece = await job.file.slice(from, job.sent).arrayBuffer();
        if (job === now) send({ act: "piece", key: job.id, value: from }, [piece]);
      } catch {
        send({ act: "lost", key: job.id, value: 0 }); // a folder, or a file that changed or went away
        return;
      }
    }
  }

  function hear(message) {
    if (message.kind !== "upload" || !now) return;
    if (message.refused) return next();
    now.id = message.id;
    now.got = message.got;
    wait();
    show();
    if (message.got >= message.size) next();
    else pump(now);
  }

  // Progress belongs to this page: a bar that no message of the kernel touches.
  function show() {
    root.style.setProperty("--part", now && now.file.size ? now.got / now.file.size : 0);
    root.classList.toggle("wb-sending", Boolean(now));
  }

  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (on) => place()?.classList.toggle("wb-over", on);
  const listeners = {
    dragenter(event) { if (carries(event) && place()) { event.preventDefault(); depth += 1; over(true); } },
    dragover(event) { if (carries(event) && place()) { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; } },
    dragleave(event) { if (carries(event)) { depth = Math.max(0, depth - 1); if (!depth) over(false); } },
    drop(event) {
      if (!carries(event) || !place()) return;
      event.preventDefault();
      depth = 0;
      over(false);
      add(event.dataTransfer.files);
    },
    change(event) {
      if (event.target.type !== "file") return;
      add(event.target.files);
      event.target.value = "";
    },
  };
  for (const [name, act] of Object.entries(listeners)) root.addEventListener(name, act);
  model.on("msg:custom", hear);
  return () => {
    clearTimeout(watch);
    for (const [name, act] of Object.entries(listeners)) root.removeEventListener(name, act);
    model.off("msg:custom", hear);
  };
};
