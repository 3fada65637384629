"""The schema: the steps lead to what the tables say, and no database of another version is touched."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from llms.errors import ConfigError
from llms.store import schema
from llms.store.sql import SqlStore, open_store
from llms.store.tables import metadata


async def test_the_migrations_make_what_the_tables_say(store: SqlStore) -> None:
    async with store._engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    assert differences == []


def test_the_newest_step_is_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "llms.db"
    await (await open_store(f"sqlite:///{path}")).close()
    database = sqlite3.connect(path)
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    with pytest.raises(ConfigError, match="newer version"):
        await open_store(f"sqlite:///{path}")
    assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    database.close()
