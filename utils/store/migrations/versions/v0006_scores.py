"""Every composite score that was published."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "score",
        sa.Column("composite", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("config_hash", sa.String(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("bar_close", sa.BigInteger(), nullable=False),
        sa.Column("horizon_s", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("raw", sa.Double(), nullable=True),
        sa.Column("uncertainty", sa.Double(), nullable=True),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(
            "composite", "subject", "market", "interval", "ts", "config_hash", name=op.f("pk_score")
        ),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("score")
