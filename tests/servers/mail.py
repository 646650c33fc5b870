"""Dovecot and vsftpd: each in clear with the change to TLS, and with TLS from the start."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import let_others_in, program


@dataclass
class Server:
    plain: str
    tls: str


@contextmanager
def dovecot(
    directory: Path, certificates: Certificates, users: Mapping[str, str] | None = None
) -> Iterator[dict[str, Server]]:
    """Serve IMAP and POP3 to these users with their passwords; by default nobody can log in."""
    certificate, key = certificates.files(directory)
    ports = {name: free_port() for name in ("imap", "imaps", "pop3", "pop3s")}
    listeners = "".join(
        f"service {kind}-login {{\n"
        f"inet_listener {kind} {{\nport={ports[kind]}\n}}\n"
        f"inet_listener {kind}s {{\nport={ports[f'{kind}s']}\nssl=yes\n}}\n"
        "chroot=\n}\n"
        for kind in ("imap", "pop3")
    )
    passwords = directory / "users"
    passwords.write_text(
        "".join(f"{name}:{{PLAIN}}{word}\n" for name, word in (users or {}).items())
    )
    mail = directory / "mail"
    mail.mkdir()
    mail.chmod(0o777)
    let_others_in(directory)
    passwords.chmod(0o644)
    config = directory / "dovecot.conf"
    config.write_text(
        f"protocols=imap pop3\nlisten=127.0.0.1\nbase_dir={directory}/run\n"
        f"state_dir={directory}/state\nlog_path=/dev/stderr\nssl=yes\n"
        f"ssl_cert=<{certificate}\nssl_key=<{key}\nauth_mechanisms=plain\n"
        "auth_failure_delay=0\nservice anvil {\nunix_listener anvil-auth-penalty {\nmode=0\n}\n}\n"
        f"passdb {{\ndriver=passwd-file\nargs={passwords}\n}}\nmail_location=maildir:{mail}\n"
        f"userdb {{\ndriver=static\nargs=uid=nobody gid=nogroup home={mail}\n}}\n{listeners}"
    )
    with daemon([program("dovecot"), "-F", "-c", config], *ports.values()):
        yield {
            kind: Server(
                f"{kind}://127.0.0.1:{ports[kind]}", f"{kind}s://127.0.0.1:{ports[f'{kind}s']}"
            )
            for kind in ("imap", "pop3")
        }


@contextmanager
def vsftpd(directory: Path, certificates: Certificates, *more: str) -> Iterator[Server]:
    """Serve FTP; `more` are further lines of its configuration."""
    certificate, key = certificates.files(directory)
    (directory / "empty").mkdir()

    def config(port: int, *, implicit: bool) -> Path:
        path = directory / f"{port}.conf"
        path.write_text(
            f"listen=YES\nlisten_ipv6=NO\nlisten_address=127.0.0.1\nlisten_port={port}\n"
            f"background=NO\nssl_enable=YES\nrsa_cert_file={certificate}\n"
            f"rsa_private_key_file={key}\nimplicit_ssl={'YES' if implicit else 'NO'}\n"
            f"secure_chroot_dir={directory}/empty\nftpd_banner=Welcome to the shop.\n"
            "seccomp_sandbox=NO\nssl_ciphers=HIGH\n" + "".join(f"{line}\n" for line in more)
        )
        return path

    plain, tls = free_port(), free_port()
    with (
        daemon([program("vsftpd"), config(plain, implicit=False)], plain),
        daemon([program("vsftpd"), config(tls, implicit=True)], tls),
    ):
        yield Server(f"ftp://127.0.0.1:{plain}", f"ftps://127.0.0.1:{tls}")
