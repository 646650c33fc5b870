"""The addresses of the Django site of `django_admin`."""

from django.contrib import admin  # type: ignore[import-untyped] # it has no types
from django.urls import path  # type: ignore[import-untyped] # it has no types

urlpatterns = [path("admin/", admin.site.urls)]
