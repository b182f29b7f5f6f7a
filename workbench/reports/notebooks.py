"""Where notebooks are: a workspace's own first, then the ones that come with the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ReportError, unknown

if TYPE_CHECKING:
    from nbformat import NotebookNode

_PACKAGE = Path(__file__).parents[1]
LAST = 1000
"""Place of a notebook that names none."""
RESERVED = frozenset({"api", "login", "logout", "oauth_callback", "static", "voila"})
"""Names that are addresses of the app server itself and so cannot name a notebook."""


@dataclass(frozen=True)
class Notebook:
    """One notebook on disk.

    Attributes:
        name: File name without `.ipynb`; its address as an app and its job as a report.
        path: The file, absolute.
        own: Whether it is the workspace's own rather than one that comes with the workbench.
    """

    name: str
    path: Path
    own: bool

    @cached_property
    def node(self) -> NotebookNode:
        """The notebook's content.

        Raises:
            ReportError: when the file is no notebook.
        """
        return read(self.path)

    def title(self, lang: str) -> str:
        """Its title in `lang`: metadata `workbench.title`, else the first heading, else the name."""
        return _in_language(self._about.get("title"), lang) or _heading(self.node) or self.name

    def about(self, lang: str) -> str:
        """One sentence in `lang` from metadata `workbench.about`; empty where there is none."""
        return _in_language(self._about.get("about"), lang)

    @property
    def is_app(self) -> bool:
        """Whether it is served as an app (metadata `workbench.app`, on unless it says false)."""
        return bool(self._about.get("app", True))

    @property
    def order(self) -> int:
        """Its place among the apps (metadata `workbench.order`), small numbers first."""
        found = self._about.get("order")
        return found if isinstance(found, int) else LAST

    @property
    def group(self) -> str:
        """Its group in the navigation (metadata `workbench.group`); empty where it stands alone."""
        found = self._about.get("group")
        return found if isinstance(found, str) else ""

    @property
    def is_for_limited(self) -> bool:
        """Whether it makes sense for a visitor who sees some advertisers' data and no customers.

        Metadata `workbench.limited`, off unless it says true: an own notebook may read what it likes.
        """
        return self._about.get("limited") is True

    @property
    def _about(self) -> Mapping[str, Any]:
        entry = self.node.metadata.get("workbench", {})
        return entry if isinstance(entry, Mapping) else {}


def packaged_folder() -> Path:
    """Folder of the notebooks that come with the workbench: in the wheel, else in the project."""
    inside = _PACKAGE / "_notebooks"
    return inside if inside.is_dir() else _PACKAGE.parent / "notebooks"


def own_folder(workspace: Path) -> Path:
    """Folder of a workspace's own notebooks; it may not exist yet."""
    return workspace / "notebooks"


def every(workspace: Path | None = None) -> dict[str, Notebook]:
    """All notebooks by name, packaged ones first; an own one takes the place of a packaged namesake."""
    found = {item.name: item for item in _in(packaged_folder(), own=False)}
    if workspace:
        found |= {item.name: item for item in _in(own_folder(workspace), own=True)}
    return found


def apps(workspace: Path | None = None) -> list[Notebook]:
    """The notebooks that are served as apps, in the order of the navigation; unreadable ones are left out."""
    shown = [item for item in every(workspace).values() if _can_be_shown(item)]
    return sorted(shown, key=lambda item: (item.order, item.own, item.name))


def packaged() -> dict[str, Notebook]:
    """The notebooks that come with the workbench, by name."""
    return {item.name: item for item in _in(packaged_folder(), own=False)}


def find(name: str | Path, workspace: Path | None = None) -> Notebook:
    """Return the notebook called `name`, or the one at the path `name`.

    Args:
        name: A name as `every` lists it, or a path to an `.ipynb` file.
        workspace: Workspace folder whose own notebooks come first.

    Raises:
        ReportError: when there is none.
    """
    path = Path(name).expanduser()
    if path.suffix == ".ipynb" or path.parent != Path():
        if not path.is_file():
            raise ReportError(f"There is no notebook {str(name)!r}.", "Check the path.")
        return Notebook(path.stem, path.resolve(), own=path.resolve().parent != packaged_folder().resolve())
    known = every(workspace)
    if str(name) not in known:
        raise unknown("notebook", str(name), known, ReportError)
    return known[str(name)]


def copy(name: str, workspace: Path, to: str | None = None) -> Path:
    """Copy a packaged notebook into a workspace's own notebooks; an existing one is never touched.

    Args:
        name: Name of a packaged notebook.
        workspace: Workspace folder.
        to: Name of the copy; None: the same name, which then takes the packaged one's place.

    Returns:
        The copy's path.

    Raises:
        ReportError: for an unknown notebook, a name that cannot be one, or a copy that exists already.
    """
    known = packaged()
    if name not in known:
        raise unknown("notebook", name, known, ReportError)
    target = own_folder(workspace) / f"{_checked(to or name)}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            file.write(known[name].path.read_bytes())
    except FileExistsError:
        raise ReportError(
            "This notebook exists already and was left as it is.",
            "Give the copy another name with --as NAME.",
            str(target),
        ) from None
    return target


def read(path: Path) -> NotebookNode:
    """Read a notebook file.

    Raises:
        ReportError: when it cannot be read as one.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # noqa: BLE001  (nbformat raises many kinds for one cause)
        raise ReportError(
            f"This file is no readable notebook ({type(error).__name__}).",
            "Open and save it in JupyterLab, or restore it.",
            str(path),
        ) from None


def _in(folder: Path, own: bool) -> list[Notebook]:
    files = sorted(folder.glob("*.ipynb")) if folder.is_dir() else []
    return [
        Notebook(file.stem, file.resolve(), own)
        for file in files
        if file.stem not in RESERVED and not file.name.startswith(".")
    ]


def _can_be_shown(notebook: Notebook) -> bool:
    try:
        return notebook.is_app
    except ReportError:
        return False


def _checked(name: str) -> str:
    if name in RESERVED or name.startswith(".") or any(mark in name for mark in '/\\?#%:*"<>|'):
        raise ReportError(
            f"A notebook cannot be called {name!r}.",
            'Leave out / \\ ? # % : * " < > | and the words ' + ", ".join(sorted(RESERVED)) + ".",
        )
    return name.removesuffix(".ipynb")


def _in_language(entry: Any, lang: str) -> str:
    if isinstance(entry, Mapping):
        return str(entry.get(lang) or entry.get("en") or "")
    return str(entry or "")


def _heading(node: NotebookNode) -> str:
    for cell in node.cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            if line.startswith("# "):
                return str(line[2:].strip())
    return ""
