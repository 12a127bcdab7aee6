"""The tables of the recorder: observations, liquidations, option summaries, and how far it has come."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "liquidation",
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("price", sa.Double(), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("average_price", sa.Double(), nullable=False),
        sa.Column("filled", sa.Double(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", "ts", "side", "price", "quantity", name=op.f("pk_liquidation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "listening",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "symbol", "since", name=op.f("pk_listening")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "observation",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("series", "symbol", "ts", name=op.f("pk_observation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "option_summary",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("underlying", sa.String(), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("index_price", sa.Double(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("surface", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", "underlying", "ts", name=op.f("pk_option_summary")),
    )
    op.create_table(
        "recorder_cursor",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", "symbol", name=op.f("pk_recorder_cursor")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("recorder_cursor")
    op.drop_table("option_summary")
    op.drop_table("observation")
    op.drop_table("listening")
    op.drop_table("liquidation")
