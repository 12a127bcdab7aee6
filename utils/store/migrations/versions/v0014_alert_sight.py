"""When an alert fired last, and since when it cannot be looked at."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("alert", sa.Column("fired_at", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("unknown_since", sa.BigInteger(), nullable=True))
    op.add_column(
        "alert", sa.Column("is_told_unknown", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_column("alert", "is_told_unknown")
    op.drop_column("alert", "unknown_since")
    op.drop_column("alert", "fired_at")
