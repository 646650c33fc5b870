"""moto: an imitation of AWS that checks signatures, with one user who may do anything."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import Request, urlopen

import boto3  # type: ignore[import-untyped]  # It ships no types.

from tests.servers.daemon import daemon, free_port

REGION = "eu-central-1"
_ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True, slots=True)
class Aws:
    url: str
    access_key_id: str
    secret_access_key: str


@contextmanager
def aws() -> Iterator[Aws]:
    """Serve S3 with a bucket `bucket` that holds `a b/ü+.txt`, STS and the rest."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with daemon(command, port):
        account = {
            "endpoint_url": url,
            "region_name": REGION,
            "aws_access_key_id": "x",
            "aws_secret_access_key": "x",
        }
        s3, iam = boto3.client("s3", **account), boto3.client("iam", **account)
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="bucket", Key="a b/ü+.txt", Body=b"inside")
        iam.create_user(UserName="monitor")
        iam.put_user_policy(
            UserName="monitor", PolicyName="all", PolicyDocument=json.dumps(_ANYTHING)
        )
        key = iam.create_access_key(UserName="monitor")["AccessKey"]
        # From here on everything is checked.
        plain = {"Content-Type": "text/plain"}
        strict = Request(f"{url}/moto-api/reset-auth", data=b"0", headers=plain)  # noqa: S310 - loopback
        urlopen(strict, timeout=10).close()  # noqa: S310 - loopback
        yield Aws(url, key["AccessKeyId"], key["SecretAccessKey"])
