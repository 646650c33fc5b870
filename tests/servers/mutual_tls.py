"""nginx with TLS and HTTP/2, that asks for a client certificate, and the authority that issues those."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_config import nginx_command
from tests.servers.web_servers import open_directory


@contextmanager
def mutual_tls(
    certificates: Certificates, authority: trustme.CA, *, verify: str = "on"
) -> Iterator[str]:
    """Serve a page to clients with a certificate of this authority."""
    path, port = program("nginx"), free_port()
    with open_directory() as directory:
        server = _server(directory, certificates, authority, f"{port} ssl http2", verify)
        command = nginx_command(path, directory, server)
        with daemon(command, port):
            yield f"https://127.0.0.1:{port}"


def _server(
    directory: Path, certificates: Certificates, authority: trustme.CA, listen: str, verify: str
) -> str:
    certificate, key = certificates.files(directory)
    authority.cert_pem.write_to_path(str(directory / "clients.pem"))
    (directory / "index.html").write_text("inside")
    return f"""
        listen 127.0.0.1:{listen}; root {directory};
        ssl_certificate {certificate}; ssl_certificate_key {key};
        ssl_client_certificate {directory}/clients.pem; ssl_verify_client {verify};
        location /redirected {{ return 302 $arg_to; }}
        location /who {{ add_header X-Client "$ssl_client_verify"; try_files /index.html =404; }}
    """
