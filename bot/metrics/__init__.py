"""The process in numbers, for Prometheus."""
