"""Saved things: views, segments, plans, mappings, … as readable files with owner, trash and revisions."""

from workbench.saved.changes import create, give, put, rename, share, update
from workbench.saved.item import Item, plain
from workbench.saved.kinds import KINDS, Kind
from workbench.saved.people import NAME, VISITOR, is_visitor, me, person
from workbench.saved.refusals import Conflict, Refused
from workbench.saved.shelf import damaged, find, items, owns, read
from workbench.saved.trash import KEEP_DAYS, empty, restore, trash

__all__ = [
    "KEEP_DAYS",
    "KINDS",
    "NAME",
    "VISITOR",
    "Conflict",
    "Item",
    "Kind",
    "Refused",
    "create",
    "damaged",
    "empty",
    "find",
    "give",
    "is_visitor",
    "items",
    "me",
    "owns",
    "person",
    "plain",
    "put",
    "read",
    "rename",
    "restore",
    "share",
    "trash",
    "update",
]
