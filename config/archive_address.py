"""The address of the archive: a folder, or a bucket at S3, Google Cloud Storage or Azure."""

from urllib.parse import urlsplit

NONE = "none"
"""The value with which there is no archive."""
_SCHEMES = ("file", "s3", "gs", "az")


def problem(url: str) -> str | None:
    """Return why an address is refused, without repeating it; None if it is accepted."""
    if url in ("", NONE):
        return None
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        return f"It must begin with {', '.join(f'{each}://' for each in _SCHEMES)}, or be `none`."
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "It may have no user, password or query: secrets are DOWNTIME_ARCHIVE_OPTIONS."
    if parts.scheme == "file":
        is_whole = parts.path.startswith("/") and not parts.netloc
        return None if is_whole else "It must have an absolute path, such as file:///var/archive."
    return None if parts.netloc else "It must name a bucket, such as s3://bucket/folder."
