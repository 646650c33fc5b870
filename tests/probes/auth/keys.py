"""Keys for the schemes that sign, made anew for each run."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def private_pem(key: PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: PrivateKey) -> str:
    encoded = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


RSA: PrivateKey = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
ED25519: PrivateKey = ed25519.Ed25519PrivateKey.generate()
EC = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}
SHARED = "0123456789abcdef" * 4
SHARED_BASE64 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
HASHES = ("256", "384", "512")
OF_JWT: dict[str, PrivateKey | str] = (
    {f"HS{size}": SHARED for size in HASHES}
    | {f"{family}{size}": RSA for family in ("RS", "PS") for size in HASHES}
    | dict(EC)
)
VERIFYING = {
    "hawk": {"key": "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn", "algorithm": "sha256"},
    "signature": {
        "ed25519": public_pem(ED25519),
        "ecdsa-p256-sha256": public_pem(EC["ES256"]),
        "rsa-pss-sha512": public_pem(RSA),
        "hmac-sha256": SHARED_BASE64,
    },
    "jwt": {name: key if isinstance(key, str) else public_pem(key) for name, key in OF_JWT.items()},
    "oauth1": {
        "consumer_secret": "c&s",
        "token_secret": "t%s",
        "public_key": public_pem(RSA),
    },
}


def signing(key: PrivateKey | str) -> str:
    return key if isinstance(key, str) else private_pem(key)
