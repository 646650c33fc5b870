"""Postfix with logins by Dovecot: an instance of its own, which neither delivers nor relays a mail."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import let_others_in, program

_SECONDS_TO_START = 60
USERNAME, PASSWORD = "watcher", "canary-password"

_SMTPD_OPTIONS = {
    "plain": "-o smtpd_tls_security_level=may",
    "tls": "-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt",
    "deferring": "-o smtpd_delay_reject=no -o smtpd_client_restrictions=defer",
    "rationing": "-o smtpd_tls_auth_only=no -o smtpd_client_auth_rate_limit=1",
}


@dataclass
class Mailer:
    """The addresses of its listeners.

    `deferring` wants every client to come back later, as greylisting does. `rationing` takes one
    login a minute.
    """

    plain: str
    tls: str
    deferring: str
    rationing: str


@contextmanager
def postfix(directory: Path, certificates: Certificates) -> Iterator[Mailer]:
    """Serve SMTP. A password is accepted over TLS only."""
    program("postfix")
    certificate, key = certificates.files(directory)
    config, queue, data = (directory / name for name in ("config", "queue", "data"))
    for each in (config, queue, data):
        each.mkdir()
    shutil.chown(data, "postfix")
    let_others_in(directory)
    (config / "main.cf").write_text(
        "compatibility_level = 3.6\nmyhostname = mail.test\nmydestination = mail.test\n"
        f"queue_directory = {queue}\ndata_directory = {data}\n"
        "mynetworks =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nalias_maps =\n"
        "smtpd_error_sleep_time = 0\nsmtpd_peername_lookup = no\n"
        "alias_database =\nlocal_recipient_maps =\nsmtpd_banner = $myhostname ESMTP Postfix\n"
        f"smtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n"
        f"smtpd_sasl_type = dovecot\nsmtpd_sasl_path = {directory}/login\n"
        "smtpd_sasl_auth_enable = yes\nsmtpd_tls_auth_only = yes\n"
        "smtpd_relay_restrictions = permit_sasl_authenticated, reject\n"
    )
    (config / "master.cf").touch()
    # This makes the queue, and takes a while.
    subprocess.run([program("postfix"), "-c", config, "check"], check=True, capture_output=True)
    postconf: list[str | Path] = [program("postconf"), "-c", config, "-h", "daemon_directory"]
    daemons = subprocess.run(postconf, check=True, capture_output=True, text=True).stdout.strip()
    ports = {name: free_port() for name in _SMTPD_OPTIONS}
    (config / "master.cf").write_text(
        "anvil unix - - n - 1 anvil\n"
        "rewrite unix - - n - - trivial-rewrite\ncleanup unix n - n - 0 cleanup\n"
        "tlsmgr unix - - n 1000? 1 tlsmgr\n"
        + "".join(
            f"127.0.0.1:{ports[name]} inet n - n - - smtpd {options}\n"
            for name, options in _SMTPD_OPTIONS.items()
        )
    )
    with (
        _dovecot_logins(directory),
        daemon([f"{daemons}/master", "-c", config, "-d"], *ports.values()),
    ):
        yield Mailer(
            **{
                name: f"{'smtps' if name == 'tls' else 'smtp'}://127.0.0.1:{port}"
                for name, port in ports.items()
            }
        )


@contextmanager
def _dovecot_logins(directory: Path) -> Iterator[None]:
    passwords = directory / "passwords"
    passwords.write_text(f"{USERNAME}:{{PLAIN}}{PASSWORD}\n")
    passwords.chmod(0o644)
    config = directory / "dovecot.conf"
    config.write_text(
        f"protocols=\nbase_dir={directory}/run\nstate_dir={directory}/state\nssl=no\n"
        "log_path=/dev/stderr\nauth_mechanisms=plain login\nauth_failure_delay=0\n"
        "service anvil {\nunix_listener anvil-auth-penalty {\nmode=0\n}\n}\n"
        f"service auth {{\nunix_listener {directory}/login {{\nmode=0666\n}}\n}}\n"
        f"passdb {{\ndriver=passwd-file\nargs={passwords}\n}}\n"
        "userdb {\ndriver=static\nargs=uid=nobody gid=nogroup home=/nonexistent\n}\n"
    )
    with daemon([program("dovecot"), "-F", "-c", config]):
        ends_at = time.monotonic() + _SECONDS_TO_START
        while not (directory / "login").exists():  # Without it Postfix ends every connection.
            assert time.monotonic() < ends_at
            time.sleep(0.02)
        yield
