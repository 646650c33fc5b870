"""Answers that are files, sent piece by piece and closed when the last one is sent."""

from typing import IO

from flask import Response

from services.privacy import files


def of_export(file: IO[bytes], name: str, *, is_encrypted: bool) -> Response:
    """Return an export for a browser to save; `name` is without its ending."""
    ending, mimetype = (
        ("zip.age", "application/age") if is_encrypted else ("zip", "application/zip")
    )
    response = Response(files.pieces(file), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response.call_on_close(file.close)
    return response
