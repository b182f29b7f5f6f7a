"""Two importers at once: what one has planned never overwrites what the other has just committed."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import workbench as wb

HEADER = "日期,账户ID,推广计划ID,推广计划名称,曝光次数,点击次数,花费（元）,目标转化量\n"

IMPORTER = textwrap.dedent(
    """
    import sys
    import workbench as wb
    from workbench.sources import load

    store = wb.open(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    for file in sys.argv[2:]:
        load(store, file)
    """
)


def one_day(folder, plan, day):
    """An export of one campaign and day: beside others in the slice, none of whose rows it knows."""
    file = folder / f"{plan}-{day}.csv"
    file.write_text(
        f"{HEADER}2026-01-{day:02d},20001,{plan},计划{plan},1000,10,{plan}.25,1\n", encoding="utf-8"
    )
    return str(file)


def test_two_importers_of_one_slice_lose_nothing(tmp_path):
    plans, days = range(1, 5), range(1, 4)
    store = wb.open(tmp_path / "workspace")
    importers = []
    for mine in (plans[:2], plans[2:]):
        files = [one_day(tmp_path, plan, day) for day in days for plan in mine]
        command = [sys.executable, "-c", IMPORTER, str(store.path), *files]
        importers.append(subprocess.Popen(command, stdin=-1, stdout=-1, text=True))
    assert all(importer.stdout.readline() == "ready\n" for importer in importers)
    for importer in importers:
        importer.stdin.write("go\n")
        importer.stdin.flush()
    assert all(importer.wait(120) == 0 for importer in importers)
    store.refresh()
    rows = store.query("SELECT campaign_id, sum(cost_micros) AS cost FROM performance GROUP BY 1 ORDER BY 1")
    assert rows.to_pylist() == [
        {"campaign_id": str(plan), "cost": len(days) * (plan * 1_000_000 + 250_000)} for plan in plans
    ]
    ledger = store.query("SELECT count(*) AS n FROM imports WHERE active").to_pylist()
    assert ledger == [{"n": len(plans) * len(days)}]
