"""`workbench demo`: the made-up advertiser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import command, lang_option, say, spoken, table, word

if TYPE_CHECKING:
    from workbench.data import Store


@command("demo")
@lang_option
def demo(lang: str | None) -> None:
    """Build or open the demo world, and say what is in it.

    The demo world is 18 months of an advertiser that does not exist, made from a seed: ads, customers,
    orders, two experiments, and a planted truth to find again.

    \b
    Examples:
      workbench demo
      workbench demo --lang zh
    """
    import workbench as wb

    store = wb.open("demo")
    lang = spoken(lang, store.path)
    say("demo_is", lang, folder=store.path, first=_first_day(store), last=store.as_of, version=store.version)
    names = ("channel", "region", "advertiser", "campaign", "creative")
    table([(word(name, lang), f"{len(store.members(name)):,}") for name in names])
    click.echo()
    table(
        [(name, f"{_rows(store, name):,}") for name in store.tables],
        (word("table", lang), word("rows", lang)),
    )
    click.echo()
    say("demo_next", lang)


def _rows(store: Store, name: str) -> int:
    return int(store.query(store.table(name).count().name("n").as_table())["n"][0].as_py())


def _first_day(store: Store) -> Any:
    days = store.table("performance_hourly").local_date.min().name("first").as_table()
    return store.query(days)["first"][0].as_py()
