"""The commands of the people who run the bot."""
