"""Alembic's entry: runs the versions on the connection that the caller put into the configuration."""

from alembic import context

from utils.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
