class ByApp:
    """The app `tracking` lives in the database of that name, everything else in `default`."""

    def database_of(self, app_label):
        return "tracking" if app_label == "tracking" else "default"

    def db_for_read(self, model, **_hints):
        return self.database_of(model._meta.app_label)

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **_hints):
        return db == self.database_of(app_label)
