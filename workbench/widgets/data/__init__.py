"""The Data panel: files in, their review and mapping, the ledger of imports, what the workspace holds."""

from workbench.widgets.data.panel import Data

__all__ = ["Data"]
