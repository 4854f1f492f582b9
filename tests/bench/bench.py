"""Runs the scenarios, prints the tables, keeps the figures: see tests/bench/run."""
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time

import picture
import scenarios
import targets

COLUMNS = {
    "raw": [
        ("records/s", "records_per_s", ",.0f"),
        ("CPU us/record", "cpu_us", ",.1f"),
        ("of a core", "cpu_share", ".0%"),
        ("calls/record", "calls", ",.2f"),
        ("p50 ms", "p50_ms", ",.2f"),
        ("p99 ms", "p99_ms", ",.2f"),
        ("failures", "failures", ",.0f"),
        ("x echo's CPU", "x_echo", ",.2f"),
        ("x connector's CPU", "x_connector", ",.2f"),
    ],
    "latency": [
        ("p50 ms", "p50_ms", ",.3f"),
        ("p99 ms", "p99_ms", ",.3f"),
        ("calls/record", "calls", ",.2f"),
        ("added ms", "added_ms", ",.3f"),
        ("added ms/call", "added_per_call_ms", ",.3f"),
        ("x nginx's", "x_nginx", ",.2f"),
    ],
    "limited": [
        ("in flight", "in_flight", ",.0f"),
        ("records/s", "records_per_s", ",.1f"),
        ("429s", "status_429", ",.0f"),
        ("calls/record", "calls_per_record", ",.3f"),
        ("refused", "refused", ",.0f"),
        ("failures", "failures", ",.0f"),
        ("p50 ms", "p50_ms", ",.0f"),
        ("x FastAPI's", "x_fastapi", ",.1f"),
    ],
    "overload": [
        ("peak/s", "peak_per_s", ",.0f"),
        ("good/s", "good_per_s", ",.0f"),
        ("of peak", "of_peak", ".0%"),
        ("replies/s", "replies_per_s", ",.0f"),
        ("good p99 ms", "good_p99_ms", ",.0f"),
        ("refused", "refused", ",.0f"),
        ("refused p99 ms", "refused_p99_ms", ",.1f"),
        ("no Retry-After", "without_retry_after", ",.0f"),
        ("failures", "failures", ",.0f"),
        ("back after s", "recovery_s", ",.0f"),
        ("grown MiB", "grown_mib", ",.1f"),
    ],
    "start": [
        ("start ms", "start_ms", ",.1f"),
        ("idle MiB", "idle_mib", ",.1f"),
        ("KiB/connection", "connection_kib", ",.2f"),
    ],
}


def add_ratios(figures):
    """Each side in multiples of the yardstick of its table."""
    ratios = (
        ("raw", "cpu_us", "evhttp echo", "x_echo"),
        ("raw", "cpu_us", "connector native", "x_connector"),
        ("latency", "added_per_call_ms", "nginx proxy", "x_nginx"),
        ("limited", "records_per_s", "FastAPI service", "x_fastapi"),
    )
    for scenario, figure, yardstick, ratio in ratios:
        sides = figures.get(scenario, {})
        unit = sides.get(yardstick, {}).get(figure)
        for side in sides.values():
            if unit and side.get(figure) is not None:
                side[ratio] = side[figure] / unit
    for side in figures.get("overload", {}).values():
        side["of_peak"] = side["good_per_s"] / max(1, side["peak_per_s"])


def table(scenario, sides):
    columns = COLUMNS[scenario]
    rows = [["", *(title for title, _, _ in columns)]]
    for name, side in sides.items():
        rows.append(
            [
                name,
                *(
                    "-" if side.get(figure) is None else format(side[figure], form)
                    for _, figure, form in columns
                ),
            ]
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        row[0].ljust(widths[0]) + "".join(cell.rjust(width + 2) for cell, width in zip(row[1:], widths[1:]))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?"
    )
    version = lambda *words: subprocess.run(
        words, capture_output=True, text=True, check=True
    ).stdout.strip()
    return {
        "cpu": model,
        "kernel": platform.release(),
        "node": version("node", "--version"),
        "python": platform.python_version(),
        "commit": version("git", "-C", str(targets.HOME), "rev-parse", "--short", "HEAD"),
    }


def main():
    began = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - began:4.0f} s] {text}", flush=True)

    words = sys.argv[1:]
    is_quick = "quick" in words
    chosen = [word for word in words if word != "quick"] or list(scenarios.ALL)
    if not set(chosen) <= set(scenarios.ALL):
        sys.exit(f"tests/bench/run [quick] [{' | '.join(scenarios.ALL)}]...")
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit("stopped")
    )  # what was started is stopped on the way out
    plan = scenarios.Plan(is_quick, say)
    busy = os.getloadavg()[0]
    if busy > 0.7:
        say(f"WARNING: load average {busy:.1f}: others use this machine, and what comes out says little")
    figures = {}
    with targets.Sandbox() as sandbox:
        say(f"upstream: hubspot-connector sandbox; peers look up by {sandbox.lookup}")
        lookup = sandbox.lookup
        for name in chosen:
            figures[name] = scenarios.ALL[name](plan, sandbox)
    add_ratios(figures)
    for name in chosen:
        print(f"\n== {name}: {scenarios.ALL[name].__doc__}\n{table(name, figures[name])}")
    results = {
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "quick": is_quick,
        "rounds": plan.rounds,
        "load_average_before": busy,
        "machine": machine(),
        "lookup": lookup,
        "complaints": plan.complaints,
        "figures": figures,
    }
    (targets.WORK / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\nKept in build/bench/results.json, after {time.monotonic() - began:.0f} s.")
    if set(figures) == set(scenarios.ALL):
        where = targets.WORK / "results.svg" if is_quick else targets.BENCH / "results.svg"
        where.write_text(picture.draw(results))
        print(f"Picture: {where.relative_to(targets.HOME)}")
    for complaint in plan.complaints:
        print("WRONG  " + complaint)
    sys.exit(1 if plan.complaints else 0)


main()
