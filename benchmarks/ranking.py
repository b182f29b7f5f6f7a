"""What a ranking costs on the demo world's roll-up, beside the key figures it starts from."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import timed


def campaigns(by: str, adjust: list[str], repeats: int) -> dict[str, Any]:
    """Rank the members of a dimension.

    Returns:
        Milliseconds of the key figures and of the whole ranking, and the number of members.
    """
    import workbench as wb

    store = wb.open("demo")
    _, _, plain = timed(lambda: wb.metrics.kpis(store, by=[by], metrics=["cvr"]), repeats)
    answer, _, ranked = timed(
        lambda: wb.compare.campaigns(store, by=by, metric="cvr", adjust=tuple(adjust)), repeats
    )
    return {"kpis_ms": plain, "ms": ranked, "members": len(answer.table)}
