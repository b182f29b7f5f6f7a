"""Reference pages from the registries they describe: metrics, settings, tables, platforms, commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from workbench.catalogue import Metric

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
        "[your own exports](../imports.md).",
    ]
    for item in profiles().values():
        parts += [f"## {item.en} {item.zh}".rstrip(), f"Source id `{item.id}`.", *_platform(item)]
    return document(parts)


def _platform(item) -> Iterator[str]:
    columns = [(f"`{name}`", _spellings(headers)) for name, headers in item.columns.items()]
    if columns:
        yield table(("canonical column", "headers"), columns)
    goals = [(goal.name, _spellings(goal.headers), goal.kind, goal.time_basis) for goal in item.goals]
    if goals:
        yield "Conversion columns; the first that a file has is the goal unless you choose another."
        yield table(("goal", "headers", "kind", "counted on"), goals)


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
