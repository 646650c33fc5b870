"""The admin site of Django, with one user: a login form with a CSRF token and session cookies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django  # type: ignore[import-untyped] # it has no types
from django.conf import settings  # type: ignore[import-untyped] # it has no types
from django.core.management import call_command  # type: ignore[import-untyped] # it has no types

from tests.servers.wsgi import served

USER, PASSWORD = "ada", "canary of the admin"


@contextmanager
def django_admin(directory: Path) -> Iterator[str]:
    """Serve `/admin/`. Django is set up once in a process."""
    if not settings.configured:
        _configure(directory)
    from django.contrib.auth.models import User  # type: ignore[import-untyped] # it has no types  # noqa: PLC0415 - after the set-up
    from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped] # it has no types  # noqa: PLC0415 - the same

    call_command("migrate", verbosity=0)
    if not User.objects.filter(username=USER).exists():
        User.objects.create_superuser(USER, "", PASSWORD)
    with served(get_wsgi_application()) as url:
        yield url


def _configure(directory: Path) -> None:
    settings.configure(
        SECRET_KEY="throw-away",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="tests.servers.django_urls",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": directory / "django.db"}
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
        USE_TZ=True,
    )
    django.setup()
