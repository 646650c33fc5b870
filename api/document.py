"""The OpenAPI document, and the extension that creates it."""

import hashlib
from functools import cache
from typing import Any

from flask import Flask, Response, json, request
from flask_smorest import Api as SmorestApi
from flask_smorest.utils import prepare_response
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from api.request.problems import MEDIA_TYPE, http_problem
from api.schemas.problems import ProblemSchema
from domain.permissions import SCOPES, Permission
from notifiers.registry import KINDS
from probes.auth.registry import SCHEMES
from server.limits import rate_limits
from services.monitors.kinds import SETTINGS

_CONFIG = {
    "API_TITLE": "Downtime Monitor",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
}
_DESCRIPTION = """\
Downtime Monitor checks sites, records outages and notifies the right people.

Every error is `application/problem+json`. Times are RFC 3339 in UTC. Ids are opaque. Lists are
paginated: send `next_cursor` back as `cursor` for the next page.

## Getting a token

Requests carry a token in the header `Authorization: Bearer …`.

* **A person** logs in with `POST /api/v1/auth/login` below. Use *Try it out* with your email address
  and password, and copy `access_token` from the answer. It is valid for `expires_in` seconds.
  `POST /api/v1/auth/refresh` returns the next one.
* **A script** uses an API key: `POST /api/v1/api-keys` returns it once. It is valid until it
  expires or is revoked.
* **A program** with a service account gets an access token from `POST /oauth/token` by the client
  credentials grant.

Press *Authorize*, paste the token below *bearer* or the key below *api_key*, and close the dialog.
Each *Try it out* then sends it. From a shell:

```sh
curl -H "Authorization: Bearer $TOKEN" https://monitor.example.com/api/v1/monitors
```
"""
_SECURITY: dict[str, dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "oauth2": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {scope.value: scope.value for scope in Permission if scope in SCOPES},
            }
        },
    },
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "dtm_…",
        "description": "An API key, in place of the access token.",
    },
}
_REFERENCE = "#/components/schemas/{model}"


class Api(SmorestApi):
    """The API of flask-smorest with our form of errors and a document that is created once."""

    _written: tuple[bytes, str] | None = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        return http_problem(error)

    def _openapi_json(self) -> Response:
        """Return the document, which is created once and stays the same while this process runs."""
        rate_limits.spend(rate_limits.DOCUMENTS, rate_limits.address())
        if self._written is None:
            document = json.dumps(self.spec.to_dict(), indent=2, sort_keys=False).encode()
            self._written = document, hashlib.sha256(document).hexdigest()[:32]
        document, tag = self._written
        response = Response(document, mimetype="application/json")
        response.set_etag(tag)
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=ProblemSchema)
        for name, description in (
            ("UNAUTHORIZED", "The access token or API key is missing or not valid."),
            ("FORBIDDEN", "The caller lacks the permission that `x-permission` names."),
            ("UNPROCESSABLE_ENTITY", "Some values are invalid. `errors` names each field."),
            ("DEFAULT_ERROR", "Any other error."),
        ):
            response: dict[str, Any] = {"description": description, "schema": ProblemSchema}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(name, response, lazy=True)


def make_api(app: Flask) -> Api:
    app.config.update(_CONFIG)
    api = Api(spec_kwargs={"info": {"description": _DESCRIPTION}})
    api.init_app(app)
    for scheme, description in _SECURITY.items():
        api.spec.components.security_scheme(scheme, description)
    for name, schema in _settings_schemas().items():
        api.spec.components.schema(name, schema)
    return api


@cache
def _settings_schemas() -> dict[str, dict[str, Any]]:
    """Return the settings of each kind, scheme and channel, and the models they use, by name."""
    schemas: dict[str, dict[str, Any]] = {}
    models: list[type[BaseModel]] = [*SETTINGS.values()]
    models += [scheme.settings for scheme in SCHEMES.values()]
    models += [kind.settings for kind in KINDS.values()]
    for model in models:
        for name, schema in _schemas(model.model_json_schema(ref_template=_REFERENCE)):
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"Two models are named {name}.")
    return schemas


def _schemas(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the schema of a pydantic model and the schemas it refers to, each with its name."""
    inner = schema.pop("$defs", {})
    return [(schema["title"], schema), *inner.items()]
