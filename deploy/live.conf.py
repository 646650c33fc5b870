"""How streams are served: one process with one loop, which holds all of them."""
# ruff: noqa: INP001 - read by its program, imported by nobody

import os
import resource

bind = os.environ.get("DOWNTIME_LIVE_BIND", "127.0.0.1:8010")  # noqa: TID251 - gunicorn's own settings
workers = 1
worker_class = "asgi"
asgi_loop = "asyncio"
asgi_lifespan = "on"
# A stream whose reader is gone ends at once.
asgi_disconnect_grace_period = 0
timeout = 30
# Streams never end by themselves, and readers come again.
graceful_timeout = 1
keepalive = 5
# The heartbeat file would wait for the disk otherwise.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - memory
control_socket_disable = True
accesslog = None
errorlog = "-"

# Each stream is an open file.
_most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
_FILES = 8192 if _most == resource.RLIM_INFINITY else min(8192, _most)
resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _most))


def when_ready(server):  # noqa: ANN001, ANN201 - the signature is gunicorn's
    """Let connections inherit when the kernel gives them up."""
    from live.listening import give_up_unread  # noqa: PLC0415 - the arbiter is loaded by now

    for listener in server.LISTENERS:
        give_up_unread(listener.sock)
