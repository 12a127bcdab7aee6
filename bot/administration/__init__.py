"""What administrators may do with the running process, and what they are told of it."""
