"""nginx with TLS and HTTP/2, that asks for a client certificate, and the authority that issues those."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_servers import open_directory


@contextmanager
def mutual_tls(
    certificates: Certificates, authority: trustme.CA, *, verify: str = "on"
) -> Iterator[str]:
    """Serve a page to clients with a certificate of this authority."""
    path, port = program("nginx"), free_port()
    with open_directory() as directory:
        config = _config(directory, certificates, authority, f"{port} ssl http2", verify)
        command = [path, "-e", f"{directory}/errors.log", "-p", str(directory), "-c", str(config)]
        with daemon(command, port):
            yield f"https://127.0.0.1:{port}"


def _config(
    directory: Path, certificates: Certificates, authority: trustme.CA, listen: str, verify: str
) -> Path:
    certificate, key = certificates.files(directory)
    authority.cert_pem.write_to_path(str(directory / "clients.pem"))
    (directory / "index.html").write_text("inside")
    config = directory / "nginx.conf"
    config.write_text(f"""
        daemon off; worker_processes 1; pid {directory}/pid; error_log {directory}/errors.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off;
            client_body_temp_path {directory}/a; proxy_temp_path {directory}/b;
            fastcgi_temp_path {directory}/c; uwsgi_temp_path {directory}/d;
            scgi_temp_path {directory}/e;
            server {{
                listen 127.0.0.1:{listen}; root {directory};
                ssl_certificate {certificate}; ssl_certificate_key {key};
                ssl_client_certificate {directory}/clients.pem; ssl_verify_client {verify};
                location /redirected {{ return 302 $arg_to; }}
                location /who {{ add_header X-Client "$ssl_client_verify"; try_files /index.html =404; }}
            }}
        }}
    """)
    return config
