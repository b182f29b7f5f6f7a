"""JupyterLab for analysts: how it is started, and what it offers beyond Jupyter's own."""

from workbench.lab.extension import prepare
from workbench.lab.server import arguments

__all__ = ["arguments", "prepare"]
