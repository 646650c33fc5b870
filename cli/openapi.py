"""Print the OpenAPI document of the API; no server needs to run."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from api.app import create_app
from config import logging
from config.settings import Settings
from devstack.keys import new_encryption_key, new_signing_key


def main(argv: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="downtime openapi", description=__doc__).parse_args(argv)
    # The document does not depend on these values, and nothing connects.
    required: dict[str, Any] = {
        "DATABASE_URL": "postgresql://",
        "REDIS_URL": "redis://",
        "jwt_private_key": new_signing_key(),
        "keys": new_encryption_key(),
    }
    settings = Settings(**required)
    # Standard output is for the document alone.
    logging.configure(settings)
    app = create_app(settings)
    document = app.test_client().get("/api/openapi.json").get_json()
    print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
