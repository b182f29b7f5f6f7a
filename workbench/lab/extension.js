// Cards in the launcher, questions in the command palette, and a first layout. WORKBENCH holds this
// workspace's. Written by hand as a federated module: JupyterLab calls init with what it shares, then get.
const NAME = "ad-crm-workbench";
const SEEN = `${NAME}:seen`;
let scope = {};

const shared = async (name) => (await Object.values(scope[name])[0].get())();

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" class="jp-icon-selectable">
  <rect x="1" y="10" width="4" height="9" rx="1" fill="#0072b2"/>
  <rect x="8" y="5" width="4" height="14" rx="1" fill="#2f7dd1"/>
  <rect x="15" y="1" width="4" height="18" rx="1" fill="#d55e00"/></svg>`;
// The launcher puts what it does not know last; ours come first.
const FIRST = `.jp-Launcher-content { display: flex; flex-direction: column; }
  .jp-Launcher-cwd { order: -2; }
  .jp-Launcher-section:has([data-icon="${NAME}:chart"]) { order: -1; }`;

const addCards = (app, launcher, icon) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: FIRST }));
  WORKBENCH.cards.forEach((card, rank) => {
    const command = `${NAME}:open-${card.name}`;
    app.commands.addCommand(command, {
      label: card.title,
      caption: card.about || card.title,
      icon,
      execute: () => app.commands.execute("docmanager:open", { path: card.path }),
    });
    const category = card.group ? `${WORKBENCH.words.brand}: ${card.group}` : WORKBENCH.words.brand;
    launcher?.add({ command, category, rank });
  });
};

const ask = async (app, tracker, code) => {
  if (!tracker.currentWidget) {
    const made = await app.commands.execute("notebook:create-new", { kernelName: "python3" });
    await made.context.ready;
    app.shell.activateById(made.id);
  }
  const first = tracker.activeCell?.model;
  const empty = first?.type === "code" && !first.sharedModel.getSource().trim();
  if (!empty) await app.commands.execute("notebook:insert-cell-below");
  tracker.activeCell.model.sharedModel.setSource(code);
};

const addQuestions = (app, palette, tracker) => WORKBENCH.questions.forEach((question) => {
  const command = `${NAME}:ask-${question.name}`;
  app.commands.addCommand(command, {
    label: `${WORKBENCH.words.brand}: ${question.title}`,
    execute: () => ask(app, tracker, question.code),
  });
  palette?.addItem({ command, category: WORKBENCH.words.questions });
});

// Once a layout of JupyterLab: the notebooks at the left, the first steps to read, their contents at the right.
const arrange = async (app, state) => {
  await app.restored;
  if (!state || (await state.fetch(SEEN))) return;
  await state.save(SEEN, true);
  await app.commands.execute("filebrowser:go-to-path", { path: WORKBENCH.folder });
  const contents = [...app.shell.widgets("left")].find((one) => one.id === "table-of-contents");
  if (contents) app.shell.add(contents, "right");
  if (!WORKBENCH.read) return;
  await app.commands.execute("docmanager:open", {
    path: WORKBENCH.read, factory: "Markdown Preview", options: { mode: "split-right", activate: false },
  });
};

const get = async () => {
  const rooms = ["launcher", "apputils", "notebook", "statedb", "ui-components"];
  const [{ ILauncher }, { ICommandPalette }, { INotebookTracker }, { IStateDB }, { LabIcon }] =
    await Promise.all(rooms.map((room) => shared(`@jupyterlab/${room}`)));
  const icon = new LabIcon({ name: `${NAME}:chart`, svgstr: SVG });
  const plugin = {
    id: `${NAME}:plugin`,
    description: "Notebooks and questions of the Ad-CRM Workbench.",
    autoStart: true,
    requires: [INotebookTracker],
    optional: [ILauncher, ICommandPalette, IStateDB],
    activate: (app, tracker, launcher, palette, state) => {
      addCards(app, launcher, icon);
      addQuestions(app, palette, tracker);
      arrange(app, state);
    },
  };
  return () => ({ __esModule: true, default: [plugin] });
};

window._JUPYTERLAB = window._JUPYTERLAB || {};
window._JUPYTERLAB[NAME] = { init: (given) => { scope = given; }, get };
