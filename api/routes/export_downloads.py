"""Downloads behind signed links, whole or in ranges (RFC 9110 §14).

A link needs no login. It is for one export and works for ten minutes. Each chunk is read from the
database in a transaction of its own, so a slow reader holds none. An unreadable, expired or deleted
link gets the same 404.
"""

import base64
from collections.abc import Iterator

from flask import Blueprint, Response, request
from werkzeug.datastructures import ContentRange
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from models import ExportPart
from models.session import act_for, database_now
from security.jwt import statements
from security.links import LinkError, Purpose
from server.request.lifecycle import read_body
from server.resources import Transactions, resources
from services.accounts import accounts
from services.errors import NotFound
from services.exports import contents as export_contents
from services.exports import manifests as export_manifests
from services.exports.contents import Offset
from services.exports.exports import ExportView

_TYPES = {"age": "application/age", "jwe": "application/jose"}

blueprint = Blueprint("export_downloads", __name__, url_prefix="/links/export")


@blueprint.get("/<token>/<name>")
def download(token: str, name: str) -> Response:
    """Return the manifest or a part."""
    read_body()
    try:
        with resources().transaction() as session:
            now = database_now(session)
            subject = resources().links.read(Purpose.EXPORT, token, now=now)
            accounts.act_for_organization(session, subject.organization_id)
            view = export_contents.open_to(session, subject.organization_id, subject.id)
    except (LinkError, NotFound) as error:
        raise NoSuchPage from error
    if name == export_manifests.NAME:
        tokens = resources().tokens
        claims = export_manifests.claims(
            view, issuer=tokens.issuer, organization_id=subject.organization_id
        )
        signed = statements.sign(claims, tokens.keys(), kind=statements.MANIFEST)
        return _named(Response(signed, mimetype="application/jose"), name)
    for part in view.parts:
        if name == export_manifests.part_name(view.export, part):
            return _named(_part(view, part), name)
    raise NoSuchPage


def _part(view: ExportView, part: ExportPart) -> Response:
    response = Response(mimetype=_TYPES[view.export.container])
    response.headers["Accept-Ranges"] = "bytes"
    # RFC 9530: a file that was read in ranges can be verified as a whole.
    digest = base64.b64encode(bytes.fromhex(part.sha256)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.set_etag(part.sha256)
    if part.sha256 in request.if_none_match:
        response.status_code = 304
        return response
    start, end = 0, part.size_bytes
    wanted = _wanted(part)
    if wanted is not None:
        start, end = wanted
        response.status_code = 206
        response.content_range = ContentRange("bytes", start, end, part.size_bytes)
    place = Offset(view.export.organization_id, view.export.id, part.number)
    response.response = _bytes(resources().transaction, place, start, end)
    response.content_length = end - start
    return response


def _wanted(part: ExportPart) -> tuple[int, int] | None:
    """Return the requested range. Several ranges are ignored."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1 or not _is_same(part):
        return None
    found = wanted.range_for_length(part.size_bytes)
    if found is None:
        raise RequestedRangeNotSatisfiable(part.size_bytes)
    return found


def _is_same(part: ExportPart) -> bool:
    """Return whether the reader resumes this very file. A date is too imprecise for that."""
    condition = request.if_range
    return condition.date is None and condition.etag in {None, part.sha256}


def _bytes(transaction: Transactions, place: Offset, start: int, end: int) -> Iterator[bytes]:
    for number, piece in export_contents.pieces_of(start, end):
        with transaction() as session:
            act_for(session, place.organization_id)
            content = export_contents.chunk(session, place, number)
        yield content[piece]


def _named(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
