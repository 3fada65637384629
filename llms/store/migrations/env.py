"""Runs the migrations on the connection it is given; `llms.store.schema` is who gives it.

Alembic runs this file while it has a context; for anybody else who imports it there is nothing to do.
"""

from alembic import context

from llms.store.tables import metadata

if hasattr(context, "config"):
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a table by making it anew
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
