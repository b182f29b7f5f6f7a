"""`workbench forget`, `retain`, `key` and `audit`: what a privacy officer and a scheduler need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import Commands, command, debug_option, lang_option, spoken, table, workspace_option
from workbench.errors import PrivacyError

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.privacy import Erasure

_SHOWN = 20


@command("forget")
@click.argument("customers", nargs=-1, metavar="CUSTOMER…")
@click.option("--again", is_flag=True, help="Forget everybody again who came back with a restored backup.")
@click.option("--reason", default="", help="Why, for the audit log; without names.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace_option
@lang_option
def forget(
    customers: tuple[str, ...],
    again: bool,
    reason: str,
    yes: bool,
    workspace: str | None,
    lang: str | None,
) -> None:
    """Forget customers for good: their key, the link to their rows, quarantine, every kept version.

    CUSTOMER is the id as the source writes it, or the pseudonym in the tables. Their personal values can
    never be opened again, and their rows carry a pseudonym that leads nowhere, so last month's figures
    still come out to the digit. Then the whole workspace is searched for the customer's identifiers; the
    result is printed and kept in the audit log. Doing it twice changes nothing more.

    It cannot be undone. Backups made before still hold the customer: delete them, or run this with
    --again after a restore. A later import leaves forgotten customers out.

    \b
    Examples:
      workbench forget CRM-00042 -w my-workspace --reason "request of 3 March"
      workbench forget --again -w my-workspace

    Exit code 1 if an identifier is still found anywhere.
    """
    from workbench import privacy

    store, lang = _opened(workspace, lang)
    if not customers and not again:
        raise click.UsageError("Name a customer, or give --again.")
    if customers and not yes:
        click.confirm(_text("confirm_forget", lang, customers=len(customers)), abort=True)
    done = privacy.forget(store, customers, reason=reason) if customers else None
    back = privacy.forget_again(store) if again else None
    if again and not back:
        _say("nobody_back", lang)
    for erasure in filter(None, (done, back)):
        _proof(erasure, lang)


@command("retain")
@click.option(
    "--days", "pairs", multiple=True, metavar="TABLE=DAYS", help="Instead of the setting retention_days."
)
@workspace_option
@lang_option
def retain(pairs: tuple[str, ...], workspace: str | None, lang: str | None) -> None:
    """Remove rows about persons that are older than they may be kept, from every kept version.

    What may be kept how long stands in workbench.toml, and a scheduler runs this once a day:

    \b
      retention_days = { events = 400, feedback = 730, quarantine = 90, customers = 1095 }

    customers: those of whom nothing was heard for so long are forgotten. Consent never grows old, for it
    proves what was allowed. Ad delivery holds no persons and is not concerned.

    \b
    Examples:
      workbench retain -w my-workspace
      workbench retain --days events=400 -w my-workspace
    """
    from workbench import privacy

    store, lang = _opened(workspace, lang)
    days = dict(map(_pair, pairs)) or dict(store.settings.retention_days)
    if not days:
        _say("no_retention", lang)
        return
    done = privacy.retain(store, days)
    table([(name, f"{rows:,}") for name, rows in done.rows.items()])
    _say("retained", lang, rows=f"{sum(done.rows.values()):,}", customers=done.customers, files=done.files)


@command("show")
@workspace_option
@lang_option
def show(workspace: str | None, lang: str | None) -> None:
    """Say where the key of a workspace is looked for, and whether it is the right one.

    \b
    Example:
      workbench key show -w my-workspace
    """
    from workbench.privacy import ring

    store, lang = _opened(workspace, lang)
    _say("key_place", lang, file=ring.key_file(store.path))
    found = ring.ring(store.path, create=False)
    _say("key_right", lang, fingerprint=found.fingerprint()[:8], keys=len(found.keys))


@command("new")
@workspace_option
@lang_option
def new(workspace: str | None, lang: str | None) -> None:
    """Make the key of a workspace that has none yet, at $WORKBENCH_KEY_FILE or in this user's home.

    Nothing personal can be read without it: keep a copy where the workspace's backups are not.

    \b
    Example:
      WORKBENCH_KEY_FILE=/etc/workbench/agency.key workbench key new -w my-workspace
    """
    from workbench.privacy import ring

    store, lang = _opened(workspace, lang)
    file = ring.key_file(store.path)
    if ring.count(store.path):
        raise PrivacyError(
            "This workspace has a key already.", "Change it with: workbench key rotate", str(file)
        )
    ring.write(file, (ring.fresh(),), new=True)
    found = ring.ring(store.path)
    _say("key_made", lang, file=file, fingerprint=found.fingerprint()[:8])


@command("rotate")
@workspace_option
@lang_option
def rotate(workspace: str | None, lang: str | None) -> None:
    """Put a new key into force: other pseudonyms in every kept version, customers' keys wrapped anew.

    Figures do not change. Files that left before keep their old pseudonyms, and no longer match. The old
    key stays in the key file, because identifiers pass through both; alone it opens nothing any more.
    A rotation that was cut short is finished by running this again.

    \b
    Example:
      workbench key rotate -w my-workspace
    """
    from workbench import privacy

    store, lang = _opened(workspace, lang)
    done = privacy.rotate(store)
    rows = sum(done.rows.values())
    _say("rotated", lang, fingerprint=done.fingerprint[:8], rows=f"{rows:,}", files=done.files)


@command("verify")
@workspace_option
@lang_option
def verify(workspace: str | None, lang: str | None) -> None:
    """Check that no line of the audit log was changed, removed, reordered or cut off.

    Every line holds the hash of the one before it, and the last one is also kept in this user's home
    folder, outside the workspace.

    \b
    Example:
      workbench audit verify -w my-workspace

    Exit code 1 if something is wrong.
    """
    from workbench.privacy import audit as log

    store, lang = _opened(workspace, lang)
    found = log.verify(store.path)
    for sentence in found.problems:
        click.echo(f"FAIL {sentence}")
    if not found.is_whole:
        click.get_current_context().exit(1)
    _say("audit_whole" if found.anchored else "audit_alone", lang, lines=f"{found.lines:,}")


@command("list")
@click.option("--customer", help="Only lines about this customer (id of the source, or pseudonym).")
@click.option("--last", default=_SHOWN, show_default=True, help="How many lines.")
@workspace_option
@lang_option
def list_(customer: str | None, last: int, workspace: str | None, lang: str | None) -> None:
    """Show what the audit log says: imports, exports, openings, erasures, rotations, retention.

    \b
    Examples:
      workbench audit list -w my-workspace
      workbench audit list --customer CRM-00042 -w my-workspace
    """
    from workbench.privacy import audit as log
    from workbench.privacy import people

    store, lang = _opened(workspace, lang)
    lines = log.frame(store.path, people.marks(store, customer) if customer else None).head(last)
    rows = [
        (
            str(line["n"]),
            f"{line['time']:%Y-%m-%d %H:%M:%S}",
            line["who"],
            line["what"],
            ", ".join(f"{name} {count:,}" for name, count in line["counts"].items()),
            ", ".join(f"{name}: {value}" for name, value in line["about"].items()),
        )
        for line in lines.to_dict("records")
    ]
    table(rows)


key = Commands(
    name="key",
    help="""The key of a workspace: where it is, a first one, a new one.

    Pseudonyms and the keys of customers depend on it. It is a small file of this user, never in the
    workspace; the variable WORKBENCH_KEY_FILE names another place.
    """,
    commands=[show, new, rotate],
    params=[debug_option()],
)
audit = Commands(
    name="audit",
    help="""The audit log of a workspace: who imported, exported, opened and erased what, and when.

    It is audit/log.jsonl, one line an act, and holds no identifiers.
    """,
    commands=[list_, verify],
    params=[debug_option()],
)


def _proof(done: Erasure, lang: str) -> None:
    """What was done, and where an identifier is still found; exit code 1 if anywhere."""
    _say(
        "forgotten",
        lang,
        customers=done.customers,
        rows=f"{sum(done.rows.values()):,}",
        files=done.files,
        version=done.version,
    )
    kinds = ", ".join(_text(f"kind_{kind}", lang) for kind in done.searched)
    size = f"{done.found.bytes / 2**20:,.1f}"
    _say("searched", lang, files=f"{done.found.files:,}", size=size, kinds=kinds)
    for trace in done.found.traces:
        status = "FAIL" if trace.is_sure else "REVIEW"
        click.echo(
            f"  {status:6} {_text('trace', lang, file=trace.file, kind=_text(f'kind_{trace.kind}', lang))}"
        )
    for name in done.backups:
        click.echo(f"  FAIL   {_text('in_backup', lang, file=name)}")
    if done.is_proven:
        _say("proven", lang)
    else:
        _say("not_proven", lang)
        click.get_current_context().exit(1)


def _pair(text: str) -> tuple[str, int]:
    name, equals, days = text.partition("=")
    if not (equals and days.strip().isdecimal()):
        raise click.BadParameter(f"{text!r} is not TABLE=DAYS.", param_hint="--days")
    return name.strip(), int(days)


def _opened(workspace: str | None, lang: str | None) -> tuple[Store, str]:
    from workbench import data
    from workbench.reports.runner import workspace_folder

    folder: Path = workspace_folder(workspace)
    return data.open(folder), spoken(lang, folder)


def _text(key: str, lang: str, **values: Any) -> str:
    from workbench import i18n

    return i18n.text(f"privacy.{key}", lang, **values)


def _say(key: str, lang: str, **values: Any) -> None:
    click.echo(_text(key, lang, **values))
