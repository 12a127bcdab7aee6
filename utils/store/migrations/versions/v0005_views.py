"""What buttons name by a short key."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "view",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_view")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("view")
