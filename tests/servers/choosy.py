"""nginx over TLS with chosen groups for the exchange of keys; its page names those that it was offered."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_config import nginx_command
from tests.servers.web_servers import open_directory


@contextmanager
def choosy(certificates: Certificates, groups: str) -> Iterator[str]:
    path, port = program("nginx"), free_port()
    with open_directory() as directory:
        certificate, key = certificates.files(directory)
        server = f"""
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {certificate}; ssl_certificate_key {key};
            ssl_ecdh_curve {groups}; ssl_protocols TLSv1.2 TLSv1.3;
            default_type text/plain;
            location / {{ return 200 $ssl_curves; }}
        """
        command = nginx_command(path, directory, server)
        with daemon(command, port):
            yield f"https://127.0.0.1:{port}/"
