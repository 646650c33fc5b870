"""Apache with mod_auth_gssapi: a page for whoever has a ticket of a realm."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.clocks import clock
from tests.servers.daemon import daemon, free_port
from tests.servers.kdc import Kdc
from tests.servers.programs import program
from tests.servers.web_config import apache_command
from tests.servers.web_servers import open_directory

_MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "ssl", "http2")


@contextmanager
def negotiate_site(
    kdc: Kdc, certificates: Certificates, keytab: Path, *, off: str | None = None
) -> Iterator[str]:
    """Serve a page over TLS; the keytab holds the keys of the service, `off` is as for a KDC."""
    path, port = program("apache2"), free_port()
    with open_directory() as directory:
        lines = _lines(directory, certificates, keytab)
        command = apache_command(path, directory, port, _MODULES, lines)
        with daemon(["env", *kdc.environment, *clock(off), *command], port):
            yield f"https://127.0.0.1:{port}/index.html"


def _lines(directory: Path, certificates: Certificates, keytab: Path) -> str:
    certificate, key = certificates.files(directory)
    (directory / "index.html").write_text("inside")
    return f"""
        Protocols h2 http/1.1
        SSLEngine on
        SSLCertificateFile {certificate}
        SSLCertificateKeyFile {key}
        <Location />
            AuthType GSSAPI
            AuthName in
            GssapiAllowedMech krb5
            GssapiCredStore keytab:{keytab}
            Require valid-user
        </Location>
    """
