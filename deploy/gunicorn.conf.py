"""How the API is served: one process with threads; more of either by the environment."""
# ruff: noqa: INP001 - read by its program, imported by nobody

import os

bind = os.environ.get("DOWNTIME_BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")  # noqa: TID251 - gunicorn's own settings
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))  # noqa: TID251 - gunicorn's own settings
worker_class = "server.worker.Worker"
# Two of them serve nothing but pings and /healthz.
threads = 10
# Together with what else a process opens, this is below the usual limit of 1,024 files.
worker_connections = 800
# A request waits for the database for 8 s at most; one that takes this long is stuck.
timeout = 30
graceful_timeout = 30
# Longer than the idle time of common proxies, so that they never write to a closed connection.
keepalive = 75
# A leak never lives long, and the processes do not all restart at once.
max_requests = 50_000
max_requests_jitter = 5_000
# The heartbeat file would wait for the disk otherwise.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - memory
control_socket_disable = True
accesslog = None
errorlog = "-"


def post_worker_init(worker):  # noqa: ANN001, ANN201 - the signature is gunicorn's
    """Let each process note that it takes requests, once it does."""
    from server.listening import start  # noqa: PLC0415 - the arbiter needs nothing of the application

    start(worker.sockets[0].sock)
