"""Apache with mod_auth_gssapi and gss-ntlmssp: one user of one domain."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_config import apache_command
from tests.servers.web_servers import open_directory

DOMAIN, USER, PASSWORD = "DOM", "bob", "canary of bob"
_MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "ssl", "http2")


@contextmanager
def ntlm_site(certificates: Certificates) -> Iterator[str]:
    """Serve a page over TLS, with HTTP/2 for who wants it."""
    path, port = program("apache2"), free_port()
    with open_directory() as directory:
        users = directory / "users"
        users.write_text(f"{DOMAIN}:{USER}:{PASSWORD}\n")
        lines = _lines(directory, certificates)
        command = apache_command(path, directory, port, _MODULES, lines)
        with daemon(["env", f"NTLM_USER_FILE={users}", *command], port):
            yield f"https://127.0.0.1:{port}"


def _lines(directory: Path, certificates: Certificates) -> str:
    certificate, key = certificates.files(directory)
    (directory / "index.html").write_text("inside")
    return f"""
        Protocols h2 http/1.1
        KeepAlive On
        SSLEngine on
        SSLCertificateFile {certificate}
        SSLCertificateKeyFile {key}
        <Location />
            AuthType GSSAPI
            AuthName in
            GssapiAllowedMech ntlmssp
            GssapiConnectionBound On
            Require valid-user
        </Location>
    """
