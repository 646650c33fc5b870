"""The report of one check, for a person at a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from domain.evaluation.outcome import Outcome
from probes.base import Target, Timings
from probes.engine.one_off_check import REQUEST, Report, TestRunStep

_COLOURS = {
    Outcome.UP: "green",
    Outcome.DEGRADED: "yellow",
    Outcome.DOWN: "red",
    Outcome.UNKNOWN: "magenta",
}
_PHASES = ("dns", "connect", "tls", "first_byte")
_WIDTH = 40


def show(console: Console, target: Target, report: Report) -> None:
    result = report.result
    colour = _COLOURS[result.outcome]
    console.print(
        f"[bold {colour}]{result.outcome.value.upper()}[/]  {escape(target.kind)}  "
        f"{escape((report.steps[0].url if report.steps else '') or target.url)}"
    )
    if result.detail:
        console.print(f"{result.cause.word}: {escape(result.detail)}")
    if result.outcome is Outcome.DEGRADED:
        console.print("The target answers, but not as expected.")
    for number, step in enumerate(report.steps, 1):
        show_step = _show_request if step.name == REQUEST else _show_part
        show_step(console, number, step)
    console.print(_waterfall(result.timings))
    for each in report.assertions:
        mark = "[red]failed[/]" if each.failure else "[green]met[/]   "
        console.print(f"{mark}  {escape(each.failure or each.demand)}")
    if result.evidence and result.evidence.body:
        console.print(f"\n{escape(result.evidence.body)}")


def _show_request(console: Console, number: int, step: TestRunStep) -> None:
    of = f" (step {step.step} {step.step_name})".replace(" )", ")") if step.step else ""
    console.print(f"\n[bold]{number}. {step.method} {escape(step.url)}{escape(of)}[/]")
    for name, value in step.request_headers:
        console.print(f"   > {escape(name)}: {escape(value)}", soft_wrap=True)
    if step.failure:
        console.print(f"   [red]{escape(step.failure)}[/]")
    if step.status:
        version = f"HTTP/{step.http_version} " if step.http_version else ""
        origin = f"  from {step.address}" if step.address else ""
        console.print(f"   < {version}{step.status}{origin}")
    for name, value in step.response_headers:
        console.print(f"   < {escape(name)}: {escape(value)}", soft_wrap=True)


def _show_part(console: Console, number: int, step: TestRunStep) -> None:
    title = step.name.replace("_", " ")
    console.print(f"\n[bold]{number}. {title}[/]  {step.timings.total / 1000:,.1f} ms")
    for mark, text in ((">", step.sent), ("<", step.received)):
        for line in text.splitlines():
            console.print(f"   {mark} {escape(line)}", soft_wrap=True)
    if step.failure:
        console.print(f"   [red]{escape(step.failure)}[/]")


def _waterfall(timings: Timings) -> Table:
    """Draw each phase at its position within the total."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("", "", "")
    total = max(timings.total, 1)
    rest = max(0, timings.total - sum(getattr(timings, phase) for phase in _PHASES))
    start = 0
    for name, took in [*((each, getattr(timings, each)) for each in _PHASES), ("rest", rest)]:
        offset = min(_WIDTH, round(_WIDTH * start / total))
        length = min(_WIDTH - offset, round(_WIDTH * took / total))
        bar = " " * offset + ("█" * length or ("▏" if took else ""))
        table.add_row(name.replace("_", " "), f"{took / 1000:,.1f} ms", bar)
        start += took
    table.add_row("total", f"{timings.total / 1000:,.1f} ms", "")
    return table
