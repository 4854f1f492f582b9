"""One picture of the figures, for the README: horizontal bars, readable in light and dark."""
import html
import math

WIDTH, LEFT, RIGHT, BAR, GAP, TITLE, AXIS, BETWEEN = 760, 170, 90, 20, 8, 34, 34, 26

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px }
.small { font-size: 11px; fill: #59636e }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.grid { stroke: #d1d9e0; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  .bar { fill: #656c76 }
  .ours { fill: #4493f8 }
  .grid { stroke: #3d444d }
}
"""

# scenario, figure, title, unit, how its values are written, who is left out
PANELS = (
    (
        "limited",
        "records_per_s",
        "Records a second within HubSpot's limits (190 calls in 10 s, 120 ms a call): more is better",
        "records/s",
        ",.3g",
        (),
    ),
    (
        "raw",
        "cpu_us",
        "CPU time a record, no limit, 64 connections: less is better",
        "microseconds",
        ",.3g",
        ("sandbox itself", "nginx proxy"),
    ),
    (
        "latency",
        "added_ms",
        "Added to HubSpot's own answer time, one caller: less is better",
        "milliseconds",
        ",.2g",
        ("sandbox itself",),
    ),
    ("start", "idle_mib", "Memory when idle: less is better", "MiB", ",.3g", ()),
)


def number(value, form):
    return f"{value:,.0f}" if value >= 1000 else format(value, form)


def logarithmic(values):
    """A place from 0 to 1 for a value, and the ticks: whole decades, the first well below the least value."""
    low = math.floor(math.log10(min(values) / 1.5))
    decades = math.ceil(math.log10(max(values) * 1.001)) - low
    return lambda value: (math.log10(value) - low) / decades, [
        10.0 ** (low + step) for step in range(decades + 1)
    ]


def linear(values):
    """The same, from zero."""
    step = 10 ** math.floor(math.log10(max(values)))
    step = next(step * part for part in (0.2, 0.5, 1, 2) if step * part * 5 >= max(values))
    count = math.ceil(max(values) / step)
    return lambda value: value / (step * count), [step * i for i in range(count + 1)]


def panel(top, title, unit, form, bars):
    """One group of bars; returns its elements and its height."""
    values = [value for _, value in bars]
    is_wide = max(values) > 12 * min(values)
    place, ticks = (logarithmic if is_wide else linear)(values)
    span = WIDTH - LEFT - RIGHT
    bottom = top + TITLE + len(bars) * (BAR + GAP)
    out = [f'<text class="title" x="4" y="{top + 16}">{html.escape(title)}</text>']
    for tick in ticks:
        x = LEFT + span * place(tick) if tick > 0 else LEFT
        out.append(f'<line class="grid" x1="{x:.1f}" y1="{top + TITLE - 6}" x2="{x:.1f}" y2="{bottom}"/>')
        out.append(
            f'<text class="small" x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{tick:,g}</text>'
        )
    for at, (name, value) in enumerate(bars):
        y = top + TITLE + at * (BAR + GAP)
        length = max(2, span * place(value))
        kind = "ours" if name.startswith("connector") else "bar"
        out.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
        out.append(f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>')
        out.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 15}">{number(value, form)}</text>')
    scale = ", logarithmic scale" if is_wide else ""
    middle = f'x="{LEFT + span / 2:.1f}" y="{bottom + 28}" text-anchor="middle"'
    out.append(f'<text class="small" {middle}>{unit}{scale}</text>')
    return out, bottom + AXIS - top


def draw(results):
    parts, top = [], 4
    for scenario, figure, title, unit, form, left_out in PANELS:
        sides = results["figures"].get(scenario, {})
        bars = [
            (name, side[figure])
            for name, side in sides.items()
            if (side.get(figure) or 0) > 0 and name not in left_out
        ]
        if bars:
            made, height = panel(top, title, unit, form, bars)
            parts += made
            top += height + BETWEEN
    cpu = results["machine"]["cpu"]
    when = f"tests/bench/run, {results['when'][:10]}, {cpu}, one core measured; upstream: the sandbox"
    parts.append(f'<text class="small" x="4" y="{top}">{html.escape(when)}</text>')
    height = top + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'width="{WIDTH}" height="{height}" '
        f'aria-label="The connector beside its peers">\n<style>{STYLE}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
