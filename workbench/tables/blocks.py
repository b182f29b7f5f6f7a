"""The blocks that cards of every panel are built of: heading, plain table, key figure, remark below."""

from __future__ import annotations

from typing import Any

from workbench.tables.html import Html, tag


def grid(caption: str, head: list[str], rows: list[list[Any]], kinds: str = "") -> Html:
    """A table that scrolls inside its card; `kinds` has an `n` for each column of numbers.

    Args:
        caption: What a screen reader says of it.
        head: Headings.
        rows: Cells; the first one names the row.
        kinds: One letter a column, `n` for numbers, `t` for texts.
    """
    letters = kinds[: len(head)].ljust(len(head), "t")
    looks = ["wb-left" if kind == "t" else None for kind in letters]
    titles = [tag("th", words, scope="col", class_=look) for words, look in zip(head, looks, strict=True)]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            [tag("td", cell, class_=look) for cell, look in zip(row[1:], looks[1:], strict=True)],
        )
        for row in rows
    ]
    inner = tag(
        "table",
        tag("caption", caption, class_="wb-hidden"),
        tag("thead", tag("tr", titles)),
        tag("tbody", body),
    )
    return tag("div", inner, class_="wb-scroll", tabindex="0", role="region", aria_label=caption)


def head(title: str, *extra: Any, as_is: bool = False) -> Html:
    """The heading of a card; the name of a file stands as it is."""
    return tag("div", tag("h2", title, class_="wb-as-is" if as_is else None), *extra, class_="wb-head")


def figure(name: str, value: str, *about: Any) -> Html:
    """A key figure: its name, the number, what must be known to read it."""
    return tag(
        "section",
        tag("h3", name),
        tag("p", value, class_="wb-value"),
        [tag("p", words, class_="wb-quiet") for words in about if words],
        class_="wb-card wb-kpi",
    )


def below(*words: str) -> Html:
    """Remarks under a picture or a table."""
    return tag("p", [tag("span", part) for part in words if part], class_="wb-below")
