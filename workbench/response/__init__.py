"""How an outcome answers to spend: media mix fits, their curves with uncertainty, and curves from elsewhere.

`fit(frame, spend=["search", "social"], outcome="orders").curves()` gives the CurveTable that
`workbench.optimize.allocate` plans on.
"""

from __future__ import annotations

from workbench.response.ask import fit
from workbench.response.carryover import KINDS
from workbench.response.claims import from_claims
from workbench.response.imported import ImportedCurves
from workbench.response.lifts import lift
from workbench.response.model import ResponseModel
from workbench.response.notes import Note
from workbench.response.points import from_meridian, from_points
from workbench.response.priors import Priors
from workbench.response.pymc import from_pymc
from workbench.response.robyn import from_robyn
from workbench.response.saturation import FORMS
from workbench.response.slots.ask import fit_slots
from workbench.response.slots.events import slot_frame
from workbench.response.slots.model import SlotModel
from workbench.response.slots.stores import slots_from_store
from workbench.response.stores import from_store
from workbench.response.thresholds import Thresholds

CARRYOVERS = tuple(KINDS)
"""Kinds of carry-over."""

SATURATIONS = tuple(FORMS)
"""Forms of a curve."""

__all__ = [
    "CARRYOVERS",
    "SATURATIONS",
    "ImportedCurves",
    "Note",
    "Priors",
    "ResponseModel",
    "SlotModel",
    "Thresholds",
    "fit",
    "fit_slots",
    "from_claims",
    "from_meridian",
    "from_points",
    "from_pymc",
    "from_robyn",
    "from_store",
    "lift",
    "slot_frame",
    "slots_from_store",
]
