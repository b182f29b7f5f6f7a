"""From an executed notebook to its content: what the page shows, read from the page's own markup.

So a file never says more than the page: what a panel withholds is in neither. Numbers come from the
`data-amount` that a report's elements carry (`tables.html.amounts`), not from the rounded text.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.reports.formats.content import (
    Bar,
    Block,
    Card,
    Cards,
    Cell,
    Content,
    Figure,
    Finding,
    Picture,
    Section,
    Sentence,
    Table,
    Term,
)
from workbench.reports.formats.numbers import cell
from workbench.reports.formats.tree import Node, parse

if TYPE_CHECKING:
    from nbformat import NotebookNode

_APART = frozenset({"bar", "controls", "filters", "title"})
"""Regions of a panel that are no part of what it says."""
_SAID_ELSEWHERE = frozenset({"wb-defs", "wb-legend", "wb-stamp", "wb-words"})
_LEADS = frozenset({"wb-lead", "wb-verdict", "wb-answer"})
_NOTES = frozenset({"wb-quiet", "wb-ev", "wb-notes"})
_PROSE = frozenset({"p", "li", "dt", "dd", "pre", "h3", "h4", "blockquote"})
_STATUSES = ("good", "bad", "warn", "info")


def collect(notebook: NotebookNode, title: str, made: str, lang: str) -> Content:
    """Return what an executed notebook says.

    Args:
        notebook: Executed; cells tagged `lab` are left out, as on the page.
        title: Of the report.
        made: When it was made and from which data.
        lang: `en` or `zh`.
    """
    sections: list[Section] = []
    stamp: list[str] = []
    terms: dict[str, Term] = {}
    for block in _outputs(notebook):
        if isinstance(block, Node):
            stamp += [item.words for item in block.find("p", "wb-stamp")]
            stamp += [item.words for item in block.find("p", "wb-words")]
            terms |= {term.name: term for term in _terms(block)}
            sections += _sections(block, title)
        else:
            sections.append(Section(title, (block,)))
    named = _named([item for item in sections if item.blocks])
    return Content(title, tuple(dict.fromkeys(stamp)), named, tuple(terms.values()), made, lang)


def capital(words: str) -> str:
    """Words with a capital first letter, as the page's style shows headings."""
    return words[:1].upper() + words[1:]


def _outputs(notebook: NotebookNode) -> Iterator[Node | Picture]:
    """The cells' markup and pictures, in order."""
    for entry in notebook.cells:
        if "lab" in entry.metadata.get("tags", ()):
            continue
        if entry.cell_type == "markdown":
            yield parse(_markdown(entry.source))
        for output in entry.get("outputs", ()):
            data = output.get("data", {})
            if "text/html" in data:
                yield parse(data["text/html"])
            elif "text/markdown" in data:
                yield parse(_markdown(data["text/markdown"]))
            elif kind := next((kind for kind in ("png", "jpeg") if f"image/{kind}" in data), ""):
                yield Picture(base64.b64decode(data[f"image/{kind}"]), kind)


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return str(markdown2html_mistune(source))


def _sections(root: Node, title: str) -> Iterator[Section]:
    charts = _charts(root)
    regions = [node for node in root.find() if "data-region" in node.attributes]
    for region in regions:
        if region.attributes["data-region"] not in _APART and region.seen:
            yield from _parted(region, title, charts)
    if not regions:
        yield from _parted(root, title, charts)


def _charts(root: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for script in root.find("script", "wb-charts"):
        found |= json.loads(script.raw)
    return found


def _parted(region: Node, title: str, charts: dict[str, Any]) -> Iterator[Section]:
    """A region as sections, a new one at each heading."""
    heading, blocks = title, list[Block]()
    for item in _walk(region, charts):
        if isinstance(item, str):
            yield Section(heading, tuple(blocks))
            heading, blocks = item, []
        else:
            blocks.append(item)
    yield Section(heading, tuple(blocks))


def _walk(node: Node, charts: dict[str, Any]) -> Iterator[str | Block]:
    """Headings as texts and blocks, in page order."""
    for child in node.inside:
        if child.name in ("h1", "h2") or (child.name == "summary" and child.words):
            yield from [capital(child.words or " ".join(child.raw.split()))]
        elif child.seen:
            yield from _block(child, charts)


def _block(node: Node, charts: dict[str, Any]) -> Iterator[str | Block]:
    kinds = node.classes
    if "wb-kpis" in kinds:
        yield Cards(tuple(_card(item) for item in node.find(kind="wb-kpi")))
    elif "wb-kpi" in kinds:
        yield Cards((_card(node),))
    elif node.name == "table":
        yield from _table(node)
    elif node.name == "figure":
        yield from _figure(node, charts)
    elif "wb-find" in kinds and node.name in ("ol", "ul"):
        checks = node.name == "ul" or "wb-told" in kinds
        yield from (_finding(item, checks) for item in node.inside)
    elif kinds & _SAID_ELSEWHERE:
        return
    elif node.name in ("ul", "ol"):
        yield from (Sentence(item.words, _kind(node)) for item in node.inside if item.seen and item.words)
    elif "wb-below" in kinds:
        yield from (Sentence(item.words, "note") for item in node.inside or [node] if item.words)
    elif node.name in _PROSE or not node.inside:
        yield from [Sentence(node.words, _kind(node))] if node.words else []
    else:
        yield from _walk(node, charts)


def _kind(node: Node) -> str:
    kinds = node.classes
    return "lead" if kinds & _LEADS else "note" if kinds & _NOTES else "plain"


def _card(node: Node) -> Card:
    name, value = node.first("h3"), node.first(kind="wb-value")
    rest = [item for item in node.inside if item not in (name, value) and item.seen]
    lines = [line for item in rest for line in _lines(item)]
    return Card(capital(name.words) if name else "", cell(value) if value else Cell(""), tuple(lines))


def _lines(node: Node) -> list[str]:
    """What a card says below its number, one line a comparison."""
    pairs = list(node.find("dt"))
    if not pairs:
        return (
            [" · ".join(words for item in node.inside or [node] if (words := item.words))]
            if node.words
            else []
        )
    return [item.words for item in node.inside if item.words]


def _finding(node: Node, checked: bool) -> Finding:
    mark, said, act = node.first(kind="wb-mark"), node.first(kind="wb-say"), node.first(kind="wb-act")
    looks = mark.classes if mark else frozenset()
    beside = act.inside if act else []
    worth, span = (next((item for item in beside if fits(item)), None) for fits in (_is_worth, _is_span))
    proofs = [item for item in node.find(kind="wb-ev") if item not in beside and item.words]
    lines = [item.words for item in node.find("p") if item.words]
    return Finding(
        next((status for status in _STATUSES if f"wb-{status}" in looks), "info"),
        said.words if said else (*lines, node.words)[0],
        " ".join(item.words for item in proofs if item is not said),
        " ".join(item.words for item in beside if item not in (worth, span) and item.seen).strip(),
        worth.words if worth else "",
        span.words if span else "",
        tuple(Bar(**bar) for bar in json.loads(node.attributes.get("data-pair", "[]"))),
        check=checked,
    )


def _is_worth(node: Node) -> bool:
    return node.name == "b"


def _is_span(node: Node) -> bool:
    return "wb-ev" in node.classes


def _figure(node: Node, charts: dict[str, Any]) -> Iterator[Figure]:
    chart = charts.get(node.attributes.get("data-chart", ""))
    if chart:
        yield Figure(node.attributes["data-chart"], str(chart["alt"]), chart)


def _table(node: Node) -> Iterator[Table]:
    caption = node.first("caption")
    title = " ".join(caption.raw.split()) if caption else ""
    lines = [_across(row) for row in node.find("tr")]
    heads = [cells for row, cells in zip(node.find("tr"), lines, strict=True) if _is_head(row)]
    body = [cells for row, cells in zip(node.find("tr"), lines, strict=True) if not _is_head(row)]
    width = max((len(cells) for cells in lines), default=0)
    head = [capital(item.text) for item in heads[-1]] if heads else []
    wide = tuple([*head, *[""] * width][:width])
    rows = tuple(tuple([*cells, *[Cell("")] * width][:width]) for cells in body if any(c.text for c in cells))
    if rows:
        yield _narrowed(Table(title, wide, rows))


def _narrowed(table: Table) -> Table:
    """The table without the columns that say nothing, such as those of buttons and of bars."""
    kept = [at for at in range(len(table.head)) if any(row[at].text for row in table.rows)]
    return Table(
        table.title,
        tuple(table.head[at] for at in kept),
        tuple(tuple(row[at] for at in kept) for row in table.rows),
    )


def _is_head(row: Node) -> bool:
    cells = [item for item in row.inside if item.name in ("th", "td")]
    return bool(cells) and all(item.name == "th" and item.attributes.get("scope") != "row" for item in cells)


def _across(row: Node) -> list[Cell]:
    """The cells of a row; one that spans columns is followed by empty ones."""
    found: list[Cell] = []
    for item in row.inside:
        if item.name in ("th", "td"):
            span = item.attributes.get("colspan", "1")
            found += [cell(item), *[Cell("")] * (int(span) - 1 if span.isdigit() else 0)]
    return found


def _terms(root: Node) -> Iterator[Term]:
    for entry in root.find("dl", "wb-defs"):
        for pair in entry.inside:
            name, meaning, formula = pair.first("dt"), pair.first("dd"), pair.first("code")
            if name and meaning:
                said = meaning.words.replace(formula.words, "").strip() if formula else meaning.words
                yield Term(capital(name.words), " ".join(said.split()), formula.words if formula else "")


def _named(sections: list[Section]) -> tuple[Section, ...]:
    """Every table with a title of its own: its section's, numbered where several share it."""
    counts = Counter(section.title for section in sections for _ in section.of(Table))
    used: Counter[str] = Counter()
    found = []
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table):
                used[section.title] += 1
                number = f" {used[section.title]}" if counts[section.title] > 1 else ""
                blocks.append(replace(block, title=f"{section.title}{number}"))
            else:
                blocks.append(block)
        found.append(Section(section.title, tuple(blocks)))
    return tuple(found)
