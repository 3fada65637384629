"""Bringing a database to the schema of this version.

Alembic takes a quarter of a second to load and is needed once per version, so a database that is up to date is told by
one query. Of two processes that start at once, the second waits for the first and finds its work done.
"""

from importlib.resources import as_file, files

from sqlalchemy import Connection, inspect, text

from llms.errors import ConfigError, Problem

HEAD = "0001"
"""The newest step in `migrations/versions`."""

_LOCK = 0x6C6C6D73  # "llms"


def bring_up(connection: Connection) -> None:
    """Run the steps that are missing. Raises `ConfigError` for a database of a newer version, which is left alone."""
    if _version(connection) == HEAD:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # Python's driver would not begin before the first insert
    if _version(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.script import ScriptDirectory

    with as_file(files("llms.store") / "migrations") as folder:
        config = AlembicConfig()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        version = _version(connection)
        if version is not None and version not in known:
            message = f"the database is of a newer version ({version}): update llms, or give another database"
            raise ConfigError([Problem("store.url", message)])
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    """The step a database is at; None where it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
