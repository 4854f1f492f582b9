"""What is measured, and how: a scenario gives {side: {figure: number}}.

Peers get what helps them: uvloop and httptools, kept connections, no access log (the connector writes
its own), the number of requests under way that suits them, time to warm up.
"""
import statistics
import time

import targets

CONNECTOR = "connector"
SIDES = {
    "sandbox itself": (None, "direct"),
    "nginx proxy": (targets.nginx, "direct"),
    "evhttp echo": (targets.echo, "echo"),
    "connector native": (
        lambda sandbox, limit="off": targets.connector(sandbox, "native", limit),
        "upsert",
    ),
    "connector resolve": (
        lambda sandbox, limit="off": targets.connector(sandbox, "resolve", limit),
        "upsert",
    ),
    "FastAPI service": (targets.fastapi, "upsert"),
    "HubSpot's client": (targets.client, "upsert"),
}
NIGHTLY = "nightly script"
IDLE_CONNECTIONS = 5000


class Plan:
    """Lengths in seconds; `complaints` collects wrong replies and records that are not as they should be."""

    def __init__(self, is_quick, say):
        self.is_quick, self.say = is_quick, say
        self.complaints = []
        self.rounds = 1 if is_quick else 5
        self.raw_s, self.latency_s = (1.5, 1) if is_quick else (3, 1.5)
        self.limited_s = (
            {"connector native": 10, "FastAPI service": 10}
            if is_quick
            else {
                "connector native": 60,
                "connector resolve": 30,
                "FastAPI service": 30,
                "HubSpot's client": 30,
            }
        )
        self.nightly_s = 10 if is_quick else 30
        self.overload_s = 8 if is_quick else 60
        self.overload_fastapi_s = 0 if is_quick else 20

    def check(self, where, result):
        stored = result.get("sandbox") or {}
        if result.get("wrong", 0) > 0:
            self.complaints.append(
                f"{where}: {result['wrong']} wrong replies, first: {result.get('first_wrong', '')}"
            )
        if stored.get("faults", 0) > 0:
            self.complaints.append(
                f"{where}: {stored['faults']} records not as acknowledged: {stored.get('first_faults')}"
            )
        return result


def calls_per_record(result):
    counts = result["sandbox"]["counts"]
    return counts["calls"] / max(1, counts["creates"] + counts["updates"])


def refused_calls(result):
    return result["sandbox"]["counts"]["by_status"].get("429", 0)


def run_load(plan, sandbox, name, process, work, *words):
    port, pid = (process.port, process.pid) if process else (sandbox.port, sandbox.pid)
    result = targets.load("--to", port, "--pid", pid, "--work", work, "--sandbox", sandbox.port, *words)
    return plan.check(name, result)


def on_fresh(plan, sandbox, name, limit, latency_ms, *words):
    """One run of one side: the sandbox emptied, the side started for it and stopped after it."""
    start, work = SIDES[name]
    sandbox.prepare(limit, latency_ms)
    if start is None:
        return run_load(plan, sandbox, name, None, work, *words)
    with start(sandbox, limit) as process:
        return run_load(plan, sandbox, name, process, work, *words)


def medians(rounds):
    """A round without a figure (nothing succeeded in it) does not count for it."""
    found = {figure: [one[figure] for one in rounds if one[figure] is not None] for figure in rounds[0]}
    return {figure: statistics.median(values) if values else None for figure, values in found.items()}


def quantile(main, name, which="ms"):
    return (main[which] or {}).get(name)


def raw(plan, sandbox):
    """No limit, 64 connections: records a second, CPU of the measured process."""
    found = {name: [] for name in (*SIDES, NIGHTLY)}
    for number in range(plan.rounds):
        for name in SIDES:
            plan.say(f"raw {number + 1}/{plan.rounds}: {name}")
            result = on_fresh(
                plan, sandbox, name, "off", 0, "--connections", 64, "--warm-up", 1, "--seconds", plan.raw_s
            )
            main = result["main"]
            found[name].append(
                {
                    "records_per_s": main["per_second"],
                    "cpu_us": main.get("cpu_us_per_record"),
                    "cpu_share": main.get("cpu_share"),
                    "calls": calls_per_record(result) if result.get("sandbox") else None,
                    "p50_ms": quantile(main, "p50"),
                    "p99_ms": quantile(main, "p99"),
                    "failures": main["refused"] + main["failed"] + main["lost"],
                }
            )
        plan.say(f"raw {number + 1}/{plan.rounds}: {NIGHTLY}")
        sandbox.prepare()
        result = plan.check(NIGHTLY, targets.nightly(sandbox, plan.raw_s, "raw"))
        found[NIGHTLY].append(
            {"records_per_s": result["main"]["per_second"], "cpu_us": result["main"]["cpu_us_per_record"]}
        )
    return {name: medians(rounds) for name, rounds in found.items()}


def latency(plan, sandbox):
    """One caller, nothing waiting, no delay upstream: what each side adds to HubSpot's own answer."""
    names = [name for name in SIDES if name != "evhttp echo"]
    found = {name: [] for name in names}
    for number in range(plan.rounds):
        for name in names:
            plan.say(f"latency {number + 1}/{plan.rounds}: {name}")
            result = on_fresh(
                plan,
                sandbox,
                name,
                "off",
                0,
                "--connections",
                1,
                "--warm-up",
                0.5,
                "--seconds",
                plan.latency_s,
            )
            found[name].append(
                {
                    "p50_ms": quantile(result["main"], "p50"),
                    "p99_ms": quantile(result["main"], "p99"),
                    "calls": calls_per_record(result),
                }
            )
    figures = {name: medians(rounds) for name, rounds in found.items()}
    direct_ms = figures["sandbox itself"]["p50_ms"]
    for figure in figures.values():
        if figure["p50_ms"] is not None:
            figure["added_ms"] = figure["p50_ms"] - figure["calls"] * direct_ms
            figure["added_per_call_ms"] = figure["added_ms"] / figure["calls"]
    return figures


def limited_one(plan, sandbox, name, seconds):
    # With 2,000 waiting, a peer that looks up first would spend the whole run on look-ups.
    is_ours = name.startswith(CONNECTOR)
    in_flight = 2000 if is_ours else 64
    plan.say(f"limited, {seconds + 10} s: {name}")
    result = on_fresh(
        plan,
        sandbox,
        name,
        190,
        120,
        "--connections",
        in_flight,
        "--warm-up",
        10,
        "--seconds",
        seconds,
        "--timeout",
        60,
        "--drain",
        25 if is_ours and not plan.is_quick else 3,
    )
    main = result["main"]
    return {
        "in_flight": in_flight,
        "records_per_s": main["per_second"],
        "status_429": refused_calls(result),
        "calls_per_record": calls_per_record(result),
        "refused": main["refused"],
        "failures": main["failed"] + main["lost"] + main["timed_out"],
        "p50_ms": quantile(main, "p50"),
    }


def limited(plan, sandbox):
    """HubSpot's own limits and delay: 190 calls in 10 s, 120 ms a call. The first 10 s do not count."""
    figures = {}
    for name, seconds in plan.limited_s.items():
        figures[name] = limited_one(plan, sandbox, name, seconds)
    plan.say(f"limited, {plan.nightly_s} s: {NIGHTLY}")
    sandbox.prepare(190, 120)
    result = plan.check(NIGHTLY, targets.nightly(sandbox, plan.nightly_s, "limited"))
    figures[NIGHTLY] = {
        "records_per_s": result["main"]["per_second"],
        "status_429": refused_calls(result),
        "calls_per_record": calls_per_record(result),
        "refused": 0,
        "failures": 0,
        "p50_ms": None,
    }
    return figures


def recovery_s(result, offered):
    """Seconds after the overload until every second again brings all that is offered."""
    after = result["good_by_second"][round(result["main"]["seconds"]) :]
    good = [count >= 0.98 * offered for count in after]
    return next((at for at in range(len(good)) if all(good[at:])), None)


def overload_one(plan, sandbox, name, start, latency_ms, seconds):
    deadline = ("--deadline", 2000)
    sandbox.prepare("off", latency_ms)
    with start() as process:
        plan.say(f"overload: {name}, its peak")
        peak = run_load(
            plan,
            sandbox,
            name,
            process,
            "upsert",
            "--connections",
            512,
            "--warm-up",
            1,
            "--seconds",
            3 if plan.is_quick else 6,
            *deadline,
        )["main"]["per_second"]
    sandbox.prepare("off", latency_ms)
    calm = max(1, round(peak * 0.8))
    with start() as process:
        before_kib = process.memory_kib()
        plan.say(f"overload: {name}, 5,000/s offered for {seconds} s, then {calm}/s")
        result = run_load(
            plan,
            sandbox,
            name,
            process,
            "upsert",
            "--connections",
            8000,
            "--rate",
            5000,
            "--seconds",
            seconds,
            "--then-rate",
            calm,
            "--then-seconds",
            8,
            "--timeout",
            20,
            "--drain",
            5,
            *deadline,
        )
        grown_kib = process.memory_kib("VmHWM") - before_kib
    main = result["main"]
    return {
        "peak_per_s": peak,
        "good_per_s": main["per_second"],
        "refused": main["refused"],
        "replies_per_s": (main["good"] + main["refused"] + main["failed"]) / main["seconds"],
        "failures": main["failed"] + main["lost"] + main["timed_out"],
        "good_p99_ms": quantile(main, "p99"),
        "refused_p99_ms": quantile(main, "p99", "refused_ms"),
        "without_retry_after": main["without_retry_after"],
        "recovery_s": recovery_s(result, calm),
        "grown_mib": grown_kib / 1024,
    }


def overload(plan, sandbox):
    """Upstream slowed to about 500 records/s; 5,000/s offered by the clock, each with a deadline of 2 s."""
    batched = {"HUBSPOT_MAX_CALLS": "1"}, 200  # one call of 100 rows every 200 ms
    single = {"HUBSPOT_MAX_CALLS": "16"}, 32  # 16 calls of one row every 32 ms
    sandbox.prepare("off", 50)
    with targets.connector(sandbox, "native", HUBSPOT_MAX_CALLS="1") as process:
        trial = run_load(plan, sandbox, "trial", process, "upsert", "--connections", 64, "--seconds", 1)
    settings, latency_ms = batched if calls_per_record(trial) < 0.5 else single
    figures = {
        "connector native": overload_one(
            plan,
            sandbox,
            "connector native",
            lambda: targets.connector(sandbox, "native", **settings),
            latency_ms,
            plan.overload_s,
        )
    }
    if plan.overload_fastapi_s > 0:
        figures["FastAPI service"] = overload_one(
            plan, sandbox, "FastAPI service", lambda: targets.fastapi(sandbox), latency_ms, plan.overload_fastapi_s
        )
    return figures


def start_once(sandbox, name):
    with SIDES[name][0](sandbox) as process:
        time.sleep(0.3)
        return {"start_ms": process.start_ms, "idle_mib": process.memory_kib() / 1024}


def start(plan, sandbox):
    """From the start of the process to the first 200; memory then, and with 5,000 idle connections."""
    figures = {}
    sandbox.prepare()
    for name in ("connector native", "nginx proxy", "FastAPI service", "HubSpot's client"):
        plan.say(f"start and memory: {name}")
        figures[name] = medians([start_once(sandbox, name) for _ in range(plan.rounds)])
        with SIDES[name][0](sandbox) as process:
            time.sleep(0.3)
            before_kib = process.memory_kib()
            with targets.Held(process, IDLE_CONNECTIONS) as held:
                time.sleep(1)
                figures[name]["connection_kib"] = (process.memory_kib() - before_kib) / held.count
    return figures


ALL = {"raw": raw, "latency": latency, "limited": limited, "overload": overload, "start": start}
