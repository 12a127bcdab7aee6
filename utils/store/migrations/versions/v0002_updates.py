"""The updates of Telegram that are being answered, and the placeholders that stand for their answers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "telegram_update",
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("placing_after", sa.BigInteger(), nullable=True),
        sa.Column("placeholder_id", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name=op.f("pk_telegram_update")),
    )
    op.create_index(op.f("ix_telegram_update_bot_id_done_at"), "telegram_update", ["bot_id", "done_at"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index(op.f("ix_telegram_update_bot_id_done_at"), table_name="telegram_update")
    op.drop_table("telegram_update")
