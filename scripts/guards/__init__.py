"""Takes away each guard that docs/security.md names, in a copy of the working tree, and asks the tests beside it."""
