"""Becomes another program that ends when its parent ends, and that may run as another user.

Run as a script of its own: `python tether.py <parent pid> <signal> <user or ""> <command> …`. A killed
supervisor can clean nothing up, so the kernel does. The tie breaks nowhere but on other systems than
Linux, which have no such call. It is a program rather than a hook between fork and exec because the
supervisor has threads, and after a fork only little may be done in their midst.
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
    if sys.platform == "linux":
        # Taking another user's identity would undo this, so it comes second.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("The parent is gone already.")
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


if __name__ == "__main__":
    main(sys.argv[1:])
