"""What a chat, or a person for their private chat, has chosen for itself."""
