"""The command `workbench`: what the Python functions do, from a terminal."""

from workbench.cli.audience import audience
from workbench.cli.contacts import contacts
from workbench.cli.demo import demo
from workbench.cli.deploy import deploy
from workbench.cli.group import Commands
from workbench.cli.history import undo, versions
from workbench.cli.imports import import_
from workbench.cli.make import new, version
from workbench.cli.notify import notify
from workbench.cli.privacy import audit, forget, key, retain
from workbench.cli.rates import rates
from workbench.cli.reports import report
from workbench.cli.review import review
from workbench.cli.saved import saved
from workbench.cli.serve import app, lab, share
from workbench.cli.targets import targets
from workbench.cli.upkeep import backup, compact, restore, upgrade, vacuum
from workbench.cli.watch import watch

__all__ = ["main"]

main = Commands(
    name="workbench",
    help="""Analytics for an advertising CRM: import exports, ask questions, show answers.

    \b
    First steps:
      workbench app                     the app on a made-up advertiser
      workbench app --data exports/     the app on your own exports
      workbench report campaigns        a self-contained report
      workbench COMMAND --help          what a command does, with examples

    Exit codes: 0 done; 1 failed, said in one sentence; 2 a wrong option; 130 interrupted.
    """,
    commands=[
        *(demo, import_, watch, rates, targets, review, undo, versions, report, app, share, lab, deploy),
        *(new, saved, notify),
        *(audience, contacts, forget, retain, key, audit),
        *(backup, restore, compact, vacuum, upgrade, version),
    ],
)
