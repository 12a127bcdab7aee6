"""Room in Telegram's limits that processes ask for and the one that leads lends."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "send_room",
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("asking", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("is_lent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "asking", name=op.f("pk_send_room")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("send_room")
