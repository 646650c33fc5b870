"""What every nginx and every Apache of the tests is configured with."""

from collections.abc import Iterable
from pathlib import Path


def nginx_command(path: str, directory: Path, server: str) -> list[str]:
    """Write the configuration of one `server`, and return the command that serves it."""
    config = directory / "nginx.conf"
    config.write_text(f"""
        daemon off; worker_processes 1; pid {directory}/pid; error_log {directory}/errors.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off;
            client_body_temp_path {directory}/a; proxy_temp_path {directory}/b;
            fastcgi_temp_path {directory}/c; uwsgi_temp_path {directory}/d;
            scgi_temp_path {directory}/e;
            server {{ {server} }}
        }}
    """)
    return [path, "-e", f"{directory}/errors.log", "-p", str(directory), "-c", str(config)]


def apache_command(
    path: str, directory: Path, port: int, modules: Iterable[str], lines: str
) -> list[str]:
    """Write the configuration with these modules and lines, and return the command that serves it."""
    loads = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules
    )
    config = directory / "apache.conf"
    config.write_text(f"""
        ServerRoot {directory}
        ServerName 127.0.0.1
        Listen 127.0.0.1:{port}
        PidFile {directory}/pid
        ErrorLog {directory}/errors.log
        User nobody
        Group nogroup
        {loads}
        DocumentRoot {directory}
        {lines}
    """)
    return [path, "-DFOREGROUND", "-f", str(config)]
