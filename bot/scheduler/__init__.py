"""What happens without a question: messages that are due go out."""
