"""Executes another program that ends when its parent ends, optionally as another user.

Run it as a script: `python tether.py <parent pid> <signal> <user or ""> <command> …`. A killed
supervisor cannot clean up, so the kernel does. Only Linux has this call; on other systems there is
no tie. It is a program rather than a hook between fork and exec, because the supervisor has
threads. After a fork of a process with threads, little is safe.
"""

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    parent, number, user, *command = argv
    if user:
        _become(user)
    # A change of the user would reset this, so it comes second.
    tie(int(parent), int(number))
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


def tie(parent: int, number: int) -> None:
    """Let the kernel send this process a signal when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The parent process has already ended.")


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


if __name__ == "__main__":
    main(sys.argv[1:])
