"""Daily values of on-chain providers as they were first seen, and when each provider answered last."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "provider_value",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "fact", "asset", "ts", name=op.f("pk_provider_value")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "provider_reading",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "topic", "asset", name=op.f("pk_provider_reading")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("provider_reading")
    op.drop_table("provider_value")
