"""Reference pages from the registries they describe: metrics, settings, tables, platforms, commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from workbench.catalogue import Metric
    from workbench.sources.profile import Goal, Profile, Variant

GROUPS = {"delivery": "Delivery 投放", "cost": "Cost 成本", "outcome": "Outcome 效果"}


def write(folder: Path) -> None:
    """Write every page that changed into `folder`."""
    folder.mkdir(exist_ok=True)
    for name, page in pages().items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != page:
            file.write_text(page, encoding="utf-8")


def pages() -> dict[str, str]:
    """Name of the file (without `.md`) → its Markdown."""
    return {
        "metrics": metrics(),
        "settings": settings(),
        "tables": tables(),
        "platforms": platforms(),
        "commands": commands(),
    }


def metrics() -> str:
    """The glossary of metrics in both languages."""
    from workbench import catalogue

    entries = catalogue.builtin().values()
    parts = [
        "# Metric glossary 指标词典",
        "Made from the metric catalogue. Σ adds over the selected rows; a ratio is always a ratio of sums, "
        "and a zero denominator gives no value (shown as –), never 0 or ∞. `margin` is a setting.",
    ]
    for group, title in GROUPS.items():
        rows = [
            (
                f"`{entry.id}`",
                f"{entry.en}<br>{entry.zh}",
                f"{entry.about_en}<br>{entry.about_zh}<br>{_formula(entry)}",
                f"{entry.unit}<br>{_better(entry)}",
            )
            for entry in entries
            if entry.group == group
        ]
        parts += [
            f"## {title}",
            table(("id", "name 名称", "meaning 含义, formula 公式", "unit 单位"), rows),
        ]
    parts += [
        "## Sources",
        *(f"- `{entry.id}`: {entry.source}" for entry in entries if entry.source),
        OWN_METRIC,
    ]
    return document(parts)


def _formula(entry: Metric) -> str:
    if not entry.numerator:
        return f"answered by `{entry.answered_by}`"
    known = f"`{entry.formula()}`"
    return f"{known}, without a margin `{entry.formula(False)}`" if entry.without_margin else known


def _better(entry: Metric) -> str:
    return {"higher": "higher is better", "lower": "lower is better"}.get(entry.better, "")


OWN_METRIC = """
## Your own metric

One entry in a file `metrics/own.toml` of your workspace adds a metric; it then appears in tables, filters,
menus and tooltips.

```toml
[cost_per_engagement]
numerator = "cost"
denominator = "likes + comments + shares"
unit = "money"
better = "lower"
group = "cost"
en = "cost per engagement"
zh = "互动成本"
about_en = "Cost of one like, comment or share."
about_zh = "每次点赞、评论或分享的成本。"
```
"""


def settings() -> str:
    """Every setting with its default."""
    from workbench.settings import FILE_NAME, Settings

    rows = [
        (f"`{item.name}`", item.metadata["doc"], f"`{item.default!r}`", f"`WORKBENCH_{item.name.upper()}`")
        for item in fields(Settings)
    ]
    return document(
        [
            "# Settings",
            f"A workspace keeps its settings in `{FILE_NAME}`; a variable of the environment overrides one. "
            "An unknown setting, or a value that is not allowed, is refused with a sentence.",
            table(("setting", "what it does", "default", "variable"), rows),
            "`WORKBENCH_HOME` names the folder of the demo workspace and of your own state; "
            "`WORKBENCH_USER` who saves and who acts in the audit log, instead of this machine's user; "
            "`WORKBENCH_WORKSPACE` the workspace that `workbench.open()` opens when none is named.",
        ]
    )


def tables() -> str:
    """Every canonical table with its columns."""
    from workbench.schema import TABLES

    parts = [
        "# Tables",
        "The canonical tables of a workspace. Money is stored as integer micros of `currency`; instants are "
        "UTC; `local_date`, `local_hour` and `hour_of_week` (Monday 00 = 0 … 167) are the account's clock. "
        "`store.table(name)` gives any of them as an Ibis table, `store.query(sql)` as Arrow.",
    ]
    for item in TABLES.values():
        rows = [
            (f"`{column.name}`", column.type, column.role, column.unit, _privacy(column.privacy))
            for column in item.columns
        ]
        parts += [
            f"## {item.name}",
            f"One row: {item.row}.",
            table(("column", "type", "role", "unit", "privacy"), rows),
        ]
    return document(parts)


def platforms() -> str:
    """Every platform profile: what is recognised and what it is called."""
    from workbench.sources.profile import profiles

    parts = [
        "# Platforms",
        "Exports that are recognised by their headers. Anything else imports by mapping, see "
        "[your own exports](../imports.md). Money is in units of the account's currency unless the table of "
        "files says otherwise. Rates (CTR, CPC, ROAS, …) are recomputed from sums and never read.",
    ]
    for item in profiles().values():
        parts += [f"## {item.en} {item.zh}".rstrip(), f"Source id `{item.id}`.", *_platform(item)]
    return document(parts)


CLOCKS = {"impression": "the ad was shown", "click": "the ad was clicked", "conversion": "it happened"}
UNITS = {"micros": "millionths", "fen": "hundredths (fen, cents)", "li": "thousandths (li)"}


def _platform(item: Profile) -> Iterator[str]:
    yield _rules(item)
    yield table(("kind of file", "recognised by", "money", "time zone"), map(_kind, _read(item)))
    refused = [f"- {kind.id}: {_refusal(kind.refuse)}" for kind in item.variants if kind.refuse]
    yield from (["Refused, with the reason:", *refused] if refused else [])
    columns = [(f"`{name}`", _spellings(headers)) for name, headers in item.columns.items()]
    if columns:
        yield table(("canonical column", "headers"), columns)
    splits = [f"{split.name} ({_spellings(split.headers)})" for split in item.breakdowns]
    yield from (["Breakdowns, each a report of its own: " + ", ".join(splits) + "."] if splits else [])
    if item.goals:
        yield "Conversion columns; the first that a file has is the goal unless you choose another."
        yield table(("goal", "headers", "kind", "put on the day on which"), map(_goal, item.goals))


def _rules(item: Profile) -> str:
    """A platform's time zone, currency and how long it restates, in sentences."""
    choice = "UTC or the account's, as was chosen for the report: hourly files are asked for `timezone=`."
    zone = f"{item.timezone}." if item.timezone else choice if item.zone == "choice" else "The account's."
    currency = f"{item.currency}." if item.currency else "As the file says, else `currency=`."
    return (
        f"Time zone: {zone} Currency: {currency} Figures of a day may change for {item.restated_days} days."
    )


def _read(item: Profile) -> list[Variant]:
    return [kind for kind in item.variants if not kind.refuse]


def _kind(kind: Variant) -> tuple[str, ...]:
    needs = ", ".join(" or ".join(f"`{header}`" for header in need[:3]) for need in kind.needs)
    units = ", ".join(f"{name}: {UNITS[unit]}" for name, unit in kind.units.items() if unit in UNITS)
    return kind.id, needs or "any table", units or kind.currency, kind.timezone


def _goal(goal: Goal) -> tuple[str, ...]:
    aside = f"{goal.kind}, never the goal" if goal.aside else goal.kind
    return (
        goal.name,
        _spellings(goal.headers),
        aside,
        CLOCKS.get(goal.time_basis, "the platform does not say"),
    )


def _refusal(reason: str) -> str:
    from workbench.i18n import text

    return text(f"sources.refused_{reason}", "en", file="it")


def commands() -> str:
    """Every command with its arguments and options."""
    import click

    from workbench.cli import main

    context = click.Context(main, info_name="workbench")
    parts = ["# Commands", main.help or ""]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is not None and not command.hidden:
            parts += _commands(command, click.Context(command, parent=context, info_name=name))
    return document(parts)


def _commands(command: click.Command, context: click.Context) -> list[str]:
    """A command, or all commands of a group."""
    import click

    if not isinstance(command, click.Group):
        return _command(command, context)
    parts = [f"## {context.command_path}", (command.help or "").replace("\b\n", "").strip()]
    for name in command.list_commands(context):
        inner = command.commands[name]
        parts += _commands(inner, click.Context(inner, parent=context, info_name=name))
    return parts


def _command(command: click.Command, context: click.Context) -> list[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    help_ = (command.help or "").replace("\b\n", "").strip()
    rows = [record for item in command.params if (record := item.get_help_record(context))]
    options = [(f"`{names}`", text) for names, text in rows]
    return [
        f"## {context.command_path}",
        f"```text\n{context.command_path} {usage}\n```",
        help_,
        *([table(("option", "what it does"), options)] if options else []),
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def document(parts: Iterable[str]) -> str:
    """Parts with an empty line between them; list items stay together."""
    return "\n\n".join(part.strip() for part in parts if part.strip()).replace("\n\n- ", "\n- ") + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _spellings(headers: Sequence[str]) -> str:
    return " · ".join(f"`{header}`" for header in headers)


def _privacy(level: str) -> str:
    return "" if level == "none" else level
