"""CPU time and memory of processes, children included."""

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
