"""An ordinary Django project. That pgexpr stands between it and PostgreSQL shows in the port only."""

import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": os.environ.get("PGUSER", "postgres"),
        "HOST": "127.0.0.1",
        "PORT": os.environ.get("PGPORT", "6432"),  # pgexpr's; PostgreSQL's own would be 5432
    },
    "tracking": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "tracking",
        "USER": os.environ.get("PGUSER", "postgres"),
        "HOST": "127.0.0.1",
        "PORT": os.environ.get("PGPORT", "6432"),
    },
}
DATABASE_ROUTERS = ["demo.router.ByApp"]

INSTALLED_APPS = ["shop", "tracking"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "of a demo"
TIME_ZONE = "UTC"
USE_TZ = True
