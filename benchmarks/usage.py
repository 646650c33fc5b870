"""CPU time and memory of processes, children included."""

from collections import Counter
from collections.abc import Mapping

import psutil


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children, the ended ones included."""
    total = 0.0
    parent = psutil.Process(pid)
    for process in (parent, *parent.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == pid:
            total += times.children_user + times.children_system
    return total


def memory_by_name(pids: Mapping[str, int]) -> Mapping[str, int]:
    """Memory of named processes, where a shared page counts in part; a child belongs to its parent.

    A child that has a name counts for itself.
    """
    names = {pid: name for name, pid in pids.items()}
    taken: Counter[str] = Counter()
    waiting = [(psutil.Process(pid), name) for pid, name in names.items()]
    while waiting:
        process, name = waiting.pop()
        try:
            taken[name] += process.memory_full_info().pss
            waiting += [(each, name) for each in process.children() if each.pid not in names]
        except psutil.NoSuchProcess:
            continue
    return taken


def memory_bytes(pid: int) -> int:
    """Memory of a process and its children, each shared page counted once among those who share it."""
    total = 0
    parent = psutil.Process(pid)
    for process in (parent, *parent.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total
