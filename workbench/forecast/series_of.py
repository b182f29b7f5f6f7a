"""What every answer about series says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.forecast.bundle import Bundle


class OfSeries:
    """An answer about the series of a bundle."""

    bundle: Bundle

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions that tell the series apart."""
        return self.bundle.by

    @property
    def name(self) -> str:
        """Metric or column."""
        return self.bundle.name

    @property
    def unit(self) -> str:
        """Unit of the values, as in the catalogue; empty where it is not known."""
        return self.bundle.unit

    @property
    def currency(self) -> str:
        """ISO 4217 code of amounts; empty where there is none."""
        return self.bundle.currency

    @property
    def data_version(self) -> int:
        """Version of the store; 0 for a frame."""
        return self.bundle.data_version
