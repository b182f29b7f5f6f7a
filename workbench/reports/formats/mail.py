"""An e-mail that every mail program shows: tables and inline styles, no script, no address to load from.

`mail.html` is the body, `mail.txt` the same without markup; what a sender does with them is the sender's.
"""

from __future__ import annotations

import base64
from pathlib import Path

from workbench import exports
from workbench.reports.formats import pictures
from workbench.reports.formats.asked import Asked
from workbench.reports.formats.content import Card, Figure, Finding, Sentence, Table
from workbench.tables.html import Html, tag

HTML, TEXT = "mail.html", "mail.txt"
LIMIT = 100_000
"""Bytes beyond which mail programs clip a message."""
_MOST_ROWS, _MOST_COLUMNS, _MOST_FINDINGS = 10, 6, 8
_FONT = "Arial,'Microsoft YaHei','PingFang SC',sans-serif"
_COLOURS = {"good": "#0a7a52", "bad": "#b3261e", "warn": "#8a5a00", "info": "#4d5663"}
_QUIET, _RULE = "#667080", "#e3e6eb"
_PICTURE = 560


def write(asked: Asked) -> tuple[Path, ...]:
    """Write the body and its plain text.

    Raises:
        InputError: when they cannot be written.
    """
    files = asked.folder / HTML, asked.folder / TEXT
    exports.save(html(asked).encode(), files[0])
    exports.save(text(asked).encode(), files[1])
    return files


def html(asked: Asked) -> str:
    """The body: what the report says first, findings, the first chart, the first table.

    The chart is left out where the message would become too large.
    """
    full = _page(asked, _chart(asked))
    return full if len(full.encode()) < LIMIT else _page(asked, None)


def text(asked: Asked) -> str:
    """The same in plain text."""
    content = asked.content
    lines = [asked.title, "=" * 40, *content.stamp, ""]
    lines += [*_leads(asked), *asked.moved, ""]
    lines += [_card_line(card) for card in content.cards]
    for number, item in enumerate(content.findings[:_MOST_FINDINGS], 1):
        told = f"{number}. {item.sentence}" + (f" ({item.value})" if item.value else "")
        lines += ["", told, *(f"   {part}" for part in (item.evidence, item.action) if part)]
    return "\n".join([*lines, "", "-- ", asked.footer]).strip() + "\n"


def _page(asked: Asked, chart: Html | None) -> str:
    content = asked.content
    table = next(iter(content.tables), None)
    lead = f"margin:0;font-size:17px;line-height:1.5;color:{asked.look.ink}"
    inside = (
        _head(asked),
        [_row(tag("p", words, style=lead)) for words in _leads(asked)],
        [_row(tag("p", words, style=f"margin:0;font-size:12px;color:{_QUIET}")) for words in asked.moved],
        _row(_cards(content.cards)) if content.cards else None,
        [_row(_finding(item, asked)) for item in content.findings[:_MOST_FINDINGS]],
        chart and _row(chart),
        _row(_table(table, asked)) if table else None,
        _row(tag("p", asked.footer, style=f"margin:0;font-size:12px;color:{_QUIET}")),
    )  # fmt: skip
    letter = _layout(
        inside, f"width:100%;max-width:640px;background:#ffffff;font-family:{_FONT}", align="center"
    )
    body = tag("body", letter, style="margin:0;padding:0;background:#ffffff")
    lang = "zh-CN" if asked.lang == "zh" else asked.lang
    head = tag("head", tag("meta", charset="utf-8"), tag("title", asked.title))
    return f"<!doctype html>\n{tag('html', head, body, lang=lang)}\n"


def _leads(asked: Asked) -> list[str]:
    return [item.text for item in asked.content.blocks(Sentence) if item.kind == "lead"][:3]


def _layout(rows: object, style: str, **attributes: object) -> Html:
    kept = {"role": "presentation", "cellpadding": 0, "cellspacing": 0, "border": 0, "width": "100%"}
    return tag("table", rows, style=f"border-collapse:collapse;{style}", **{**kept, **attributes})


def _row(inside: object) -> Html:
    return tag("tr", tag("td", inside, style="padding:10px 20px"))


def _head(asked: Asked) -> Html:
    look = asked.look
    source = f"data:image/{look.logo_kind};base64,{base64.b64encode(look.logo).decode()}"
    # a large logo would push the numbers out of the message
    logo = look.logo and len(look.logo) < LIMIT // 4
    return tag(
        "tr",
        tag(
            "td",
            logo and tag("img", src=source, alt=look.name, height=32, style="display:block"),
            tag("div", asked.title, style=f"font-size:24px;font-weight:bold;color:{look.ink}"),
            [tag("div", line, style=f"font-size:12px;line-height:1.5;color:{_QUIET}")
             for line in filter(None, (look.name, asked.cover, *asked.content.stamp))],
            style=f"padding:20px;border-top:5px solid {look.accent}",
        ),
    )  # fmt: skip


def _cards(cards: tuple[Card, ...]) -> Html:
    """Key figures, three in a row: a phone still shows them."""
    rows = [cards[at : at + 3] for at in range(0, len(cards), 3)]
    drawn = [tag("tr", [_card(card) for card in row]) for row in rows]
    return _layout(drawn, "")


def _card(card: Card) -> Html:
    return tag(
        "td",
        tag("div", card.name, style=f"font-size:12px;color:{_QUIET}"),
        tag("div", card.value.text, style="font-size:22px;font-weight:bold"),
        tag("div", " · ".join(card.about[:2]), style=f"font-size:12px;color:{_QUIET}"),
        width="33%",
        valign="top",
        style=f"padding:8px 10px;border:1px solid {_RULE}",
    )


def _finding(item: Finding, asked: Asked) -> Html:
    colour = _COLOURS[item.status]
    action = item.action and tag("div", f"→ {item.action}", style=f"font-size:14px;color:{asked.look.accent}")
    worth = item.value and tag("span", item.value, style=f"color:{colour};white-space:nowrap")
    return tag(
        "div",
        tag("div", item.sentence, " ", worth, style="font-size:15px;font-weight:bold;line-height:1.4"),
        tag("div", item.evidence, style=f"font-size:12px;line-height:1.5;color:{_QUIET}"),
        action,
        style=f"border-left:4px solid {colour};padding-left:10px",
    )


def _chart(asked: Asked) -> Html | None:
    figure: Figure | None = next(asked.content.blocks(Figure), None)
    if figure is None:
        return None
    source = (
        f"data:image/png;base64,{base64.b64encode(pictures.png(figure, _PICTURE, asked.look, 1)).decode()}"
    )
    return tag(
        "img", src=source, alt=figure.alt, width=_PICTURE, style="width:100%;height:auto;display:block"
    )


def _table(table: Table, asked: Asked) -> Html:
    heads = [tag("th", words, align="left" if not at else "right", style=_cell_style(f"color:{_QUIET}"))
             for at, words in enumerate(table.head[:_MOST_COLUMNS])]  # fmt: skip
    rows = [
        tag("tr", [tag("td", cell.text, align="left" if not at else "right", style=_cell_style())
                   for at, cell in enumerate(row[:_MOST_COLUMNS])])
        for row in table.rows[:_MOST_ROWS]
    ]  # fmt: skip
    left = len(table.rows) - _MOST_ROWS
    more = left > 0 and tag("div", asked.say("more_rows", n=left), style=f"font-size:12px;color:{_QUIET}")
    look = {"cellpadding": 0, "cellspacing": 0, "width": "100%", "style": "border-collapse:collapse"}
    shown = tag("table", tag("tr", heads), rows, **look)
    title = tag("div", table.title, style="font-size:15px;font-weight:bold;padding-bottom:6px")
    return tag("div", title, shown, more)


def _cell_style(more: str = "") -> str:
    return f"padding:5px 6px;border-bottom:1px solid {_RULE};font-size:12px;{more}"


def _card_line(card: Card) -> str:
    about = f" ({' · '.join(card.about)})" if card.about else ""
    return f"{card.name}: {card.value.text}{about}"
