"""One program per client; each runs in the environment of its client."""
